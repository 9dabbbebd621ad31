"""What the repository of every domain promises: in memory, on PostgreSQL, cached."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.models.listing import ListQuery
from tests.domains.domain import Domain
from tests.stores import Store


async def test_what_was_added_is_read_back(store: Store, domain: Domain) -> None:
    for sample in domain.samples:
        added = await store.records.add(domain.make_new(**sample))

        assert await store.records.get(added.id) == added
        assert {name: getattr(added, name) for name in sample} == sample
        assert added.version == 1


async def test_stamps_are_the_present_in_utc(store: Store, domain: Domain) -> None:
    added = await store.records.add(domain.make_new())

    assert added.created_at == added.updated_at
    assert added.created_at.utcoffset() == timedelta()
    assert abs(added.created_at - datetime.now(UTC)) < timedelta(minutes=1)


async def test_ids_grow(store: Store, domain: Domain) -> None:
    ids = [(await store.records.add(domain.make_new())).id for _ in range(3)]

    assert ids == sorted(set(ids))
    assert ids[0] >= 1


@pytest.mark.parametrize("missing", [1, 2**63 - 1])
async def test_what_does_not_exist_is_not_found(store: Store, domain: Domain, missing: int) -> None:
    for method in (store.records.get, store.records.get_for_update, store.records.remove):
        with pytest.raises(domain.not_found, match=f"with ID {missing} not found"):
            await method(missing)


async def test_an_update_makes_the_next_version(store: Store, domain: Domain) -> None:
    first = await store.records.add(domain.make_new())

    second = await store.records.update(first)

    assert second.updated_at >= first.updated_at
    assert second == replace(first, version=2, updated_at=second.updated_at)
    assert await store.records.get(first.id) == second


async def test_what_was_removed_is_gone(store: Store, domain: Domain) -> None:
    record = await store.records.add(domain.make_new())

    await store.records.remove(record.id)

    with pytest.raises(domain.not_found):
        await store.records.get(record.id)
    with pytest.raises(domain.not_found):
        await store.records.update(record)


async def test_a_failed_transaction_leaves_nothing(store: Store, domain: Domain) -> None:
    kept = await store.records.add(domain.make_new())

    async def fail() -> None:
        await store.records.add(domain.make_new())
        await store.records.remove(kept.id)
        raise LookupError

    with pytest.raises(LookupError):
        await store.transactions.run(fail)
    assert await _ids(store) == [kept.id]


async def test_a_transaction_within_another_is_a_part_of_it(store: Store, domain: Domain) -> None:
    async def add() -> Any:
        return await store.records.add(domain.make_new())

    async def add_and_fail() -> None:
        await store.transactions.run(add)
        raise LookupError

    with pytest.raises(LookupError):
        await store.transactions.run(add_and_fail)
    assert await _ids(store) == []


async def test_whoever_changes_a_record_has_it_alone(store: Store, domain: Domain) -> None:
    record = await store.records.add(domain.make_new())

    async def change() -> int:
        found = await store.records.get_for_update(record.id)
        await store.records.update(found)
        return int(found.version)

    seen = await asyncio.gather(*(store.transactions.run(change) for _ in range(12)))

    assert sorted(seen) == list(range(1, 13))
    assert (await store.records.get(record.id)).version == 13


async def _ids(store: Store) -> list[int]:
    return [record.id for record in (await store.records.list(ListQuery())).items]
