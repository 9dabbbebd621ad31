import asyncio
import gc
import logging

import asyncpg
import httpx
import pytest

from devtools.fault_proxy import FaultProxy
from tests.faults.conftest import OpenCatalogue
from tests.faults.outcomes import (
    PRODUCTS,
    product,
    require_exactly_once,
    require_unavailable,
    unread,
)
from tests.faults.running import Catalogue, eventually, held, require_all_lendable


async def test_an_exhausted_pool_turns_requests_away_after_a_second(
    open_catalogue: OpenCatalogue, direct: asyncpg.Connection
) -> None:
    async with open_catalogue(database_pool_size=2) as catalogue:
        assert await catalogue.serves()
        async with direct.transaction():
            await direct.execute("LOCK TABLE products")
            started = asyncio.get_running_loop().time()
            answers = await asyncio.gather(*(catalogue.admin.get(unread()) for _ in range(60)))
            elapsed = asyncio.get_running_loop().time() - started

        for answer in answers:
            require_unavailable(answer)
            assert answer.json()["code"] == "database_busy"
        assert elapsed < 3
        await eventually(catalogue.serves)
        await require_all_lendable(catalogue, direct, size=2)


async def test_a_row_that_stays_locked_is_given_up_after_a_few_tries(
    catalogue: Catalogue, direct: asyncpg.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    created = await catalogue.admin.post(PRODUCTS, json=product("locked"))
    where = f"{created.headers['Location']}/price"
    async with direct.transaction():
        await direct.execute("SELECT id FROM products FOR UPDATE")
        caplog.set_level(logging.WARNING)
        answers = await asyncio.gather(
            *(catalogue.admin.patch(where, json={"price": 11}) for _ in range(4))
        )

    for answer in answers:
        require_unavailable(answer)
    assert len(caplog.records) <= 2
    assert (await catalogue.admin.patch(where, json={"price": 12})).status_code == 200


async def test_a_row_that_is_released_in_time_is_written_once(
    catalogue: Catalogue, direct: asyncpg.Connection
) -> None:
    created = await catalogue.admin.post(PRODUCTS, json=product("locked"))
    async with direct.transaction():
        await direct.execute("SELECT id FROM products FOR UPDATE")
        change = catalogue.admin.patch(f"{created.headers['Location']}/price", json={"price": 10.6})
        write = asyncio.create_task(change)
        # Longer than the lock timeout, so that the whole transaction is done again.
        await asyncio.sleep(1.7)

    assert (await write).json()["version"] == 2
    assert await direct.fetchval("SELECT count(*) FROM audit_log") == 2


@pytest.mark.parametrize(
    "conflict",
    [asyncpg.SerializationError, asyncpg.DeadlockDetectedError],
    ids=lambda e: e.__name__,
)
async def test_a_transaction_is_done_again_as_a_whole_after_a_conflict(
    catalogue: Catalogue, direct: asyncpg.Connection, conflict: type[asyncpg.PostgresError]
) -> None:
    database = catalogue.resources.database
    attempts = 0

    async def work() -> None:
        nonlocal attempts
        attempts += 1
        await database.execute(
            "INSERT INTO audit_log (user_id, role, action, resource, changes)"
            " VALUES ('u', 'admin', 'TEST', 'r', '{}')"
        )
        if attempts < 3:
            await database.execute(f"DO $$ BEGIN RAISE SQLSTATE '{conflict.sqlstate}'; END $$")

    await database.run(work)

    assert attempts == 3
    assert await direct.fetchval("SELECT count(*) FROM audit_log") == 1


async def test_two_transactions_in_each_others_way_both_succeed(
    catalogue: Catalogue, direct: asyncpg.Connection
) -> None:
    database = catalogue.resources.database
    await catalogue.admin.post(PRODUCTS, json=product("first"))
    await catalogue.admin.post(PRODUCTS, json=product("second"))
    met = asyncio.Barrier(2)
    is_first_try = {1: True, 2: True}

    async def change(first: int, second: int) -> None:
        await database.execute("UPDATE products SET version = version + 1 WHERE id = $1", first)
        if is_first_try[first]:
            is_first_try[first] = False
            await met.wait()
        await database.execute("UPDATE products SET version = version + 1 WHERE id = $1", second)

    await asyncio.gather(
        database.run(lambda: change(1, 2)),
        database.run(lambda: change(2, 1)),
    )

    assert await direct.fetchval("SELECT array_agg(version) FROM products") == [3, 3]


async def test_a_read_only_database_is_read_and_recovers_when_it_can_be_written(
    open_catalogue: OpenCatalogue, direct: asyncpg.Connection, direct_url: str
) -> None:
    set_read_only = "ALTER DATABASE catalogue SET default_transaction_read_only"
    await direct.execute(f"{set_read_only} = on")
    try:
        async with open_catalogue() as catalogue:
            require_unavailable(await catalogue.admin.post(PRODUCTS, json=product("too soon")))
            assert await catalogue.serves()

            await direct.execute(f"{set_read_only} = off")
            written = await catalogue.admin.post(PRODUCTS, json=product("in time"))
    finally:
        await direct.execute("ALTER DATABASE catalogue RESET default_transaction_read_only")

    assert written.status_code == 201
    await require_exactly_once(direct_url, ["in time"])


async def test_requests_that_are_cancelled_leave_no_trace(
    open_catalogue: OpenCatalogue, proxy: FaultProxy, direct: asyncpg.Connection, direct_url: str
) -> None:
    acknowledged: list[str] = []

    async def write(client: httpx.AsyncClient, name: str) -> None:
        if (await client.post(PRODUCTS, json=product(name))).status_code == 201:
            acknowledged.append(name)

    async with open_catalogue(database_pool_size=4) as catalogue:
        proxy.delay = 0.001
        await asyncio.gather(*(write(catalogue.admin, f"warm {n}") for n in range(8)))
        before = held()
        for round_number in range(40):
            names = [f"{round_number}-{number}" for number in range(6)]
            writes = [asyncio.create_task(write(catalogue.admin, name)) for name in names]
            await asyncio.sleep(0.0005 * (round_number))
            for each in writes:
                each.cancel()
            await asyncio.gather(*writes, return_exceptions=True)

        # A connection given up half-way is complained about by asyncpg when it is collected.
        gc.collect()
        await require_all_lendable(catalogue, direct, size=4)
        await eventually(lambda: _returned_to(before))
    await require_exactly_once(direct_url, acknowledged)


async def _returned_to(before: tuple[int, int]) -> bool:
    return all(now <= then * 1.05 + 1 for now, then in zip(held(), before, strict=True))
