"""The contract of every repository: in memory, on PostgreSQL and cached."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.models.shared.listing import ListQuery
from tests.support.domain import Domain
from tests.support.stores import Store


def test_the_samples_vary_every_field(domain: Domain) -> None:
    """A column missing in a repository is detected only if samples differ in it."""
    rows = [_fields(domain.make_new(**sample)) for sample in domain.samples]

    constant = [name for name, value in rows[0].items() if all(row[name] == value for row in rows)]

    assert not constant, (
        f"All samples of {domain.name} have the same {', '.join(constant)}: give one of"
        f" DOMAIN.samples in {domain.factories} another value, so that a statement in"
        " the repository that leaves the column out fails the tests"
    )


async def test_every_field_is_stored_by_add(store: Store, domain: Domain) -> None:
    for new in map(_new(domain), domain.samples):
        added = await store.records.add(new)

        assert added.version == 1
        await _check_stored(store, added, new, "add")


async def test_every_field_is_stored_by_update(store: Store, domain: Domain) -> None:
    first, *others = domain.samples
    record = await store.records.add(domain.make_new(**first))
    for new in map(_new(domain), [*others, first]):
        record = await store.records.update(replace(record, **_fields(new)))

        await _check_stored(store, record, new, "update")


async def test_timestamps_are_the_current_time_in_utc(store: Store, domain: Domain) -> None:
    added = await store.records.add(domain.make_new())

    assert added.created_at == added.updated_at
    assert added.created_at.utcoffset() == timedelta()
    assert abs(added.created_at - datetime.now(UTC)) < timedelta(minutes=1)


async def test_ids_increase(store: Store, domain: Domain) -> None:
    ids = [(await store.records.add(domain.make_new())).id for _ in range(3)]

    assert ids == sorted(set(ids))
    assert ids[0] >= 1


@pytest.mark.parametrize("missing", [1, 2**63 - 1])
async def test_a_missing_record_raises_not_found(
    store: Store, domain: Domain, missing: int
) -> None:
    for method in (store.records.get, store.records.get_for_update, store.records.remove):
        with pytest.raises(domain.not_found, match=f"with ID {missing} not found"):
            await method(missing)


async def test_an_update_increments_the_version(store: Store, domain: Domain) -> None:
    first = await store.records.add(domain.make_new())

    second = await store.records.update(first)

    assert second.updated_at >= first.updated_at
    assert second == replace(first, version=2, updated_at=second.updated_at)
    assert await store.records.get(first.id) == second


async def test_a_removed_record_is_not_found(store: Store, domain: Domain) -> None:
    record = await store.records.add(domain.make_new())

    await store.records.remove(record.id)

    with pytest.raises(domain.not_found):
        await store.records.get(record.id)
    with pytest.raises(domain.not_found):
        await store.records.update(record)


async def test_a_failed_transaction_stores_nothing(store: Store, domain: Domain) -> None:
    record = await store.records.add(domain.make_new())

    async def fail() -> None:
        await store.records.add(domain.make_new())
        await store.records.remove(record.id)
        raise LookupError

    with pytest.raises(LookupError):
        await store.transactions.run(fail)
    assert await _ids(store) == [record.id]


async def test_a_nested_transaction_joins_the_outer_one(store: Store, domain: Domain) -> None:
    async def add() -> Any:
        return await store.records.add(domain.make_new())

    async def add_and_fail() -> None:
        await store.transactions.run(add)
        raise LookupError

    with pytest.raises(LookupError):
        await store.transactions.run(add_and_fail)
    assert await _ids(store) == []


async def test_concurrent_updates_of_a_record_wait_for_each_other(
    store: Store, domain: Domain
) -> None:
    record = await store.records.add(domain.make_new())

    async def change() -> int:
        found = await store.records.get_for_update(record.id)
        await store.records.update(found)
        return int(found.version)

    seen = await asyncio.gather(*(store.transactions.run(change) for _ in range(12)))

    assert sorted(seen) == list(range(1, 13))
    assert (await store.records.get(record.id)).version == 13


def _new(domain: Domain) -> Callable[[Mapping[str, Any]], Any]:
    return lambda sample: domain.make_new(**sample)


def _fields(new: Any) -> dict[str, Any]:
    return {field.name: getattr(new, field.name) for field in fields(new)}


async def _check_stored(store: Store, written: Any, new: Any, method: str) -> None:
    """Compare the returned and the stored record with the given values."""
    for record in (written, await store.records.get(written.id)):
        lost = [name for name, value in _fields(new).items() if getattr(record, name) != value]
        assert not lost, f"`{method}` of the repository does not store {', '.join(lost)}"
    assert await store.records.get(written.id) == written


async def _ids(store: Store) -> list[int]:
    return [record.id for record in (await store.records.list(ListQuery())).items]
