import asyncio
import gc
import logging
from collections import Counter

import asyncpg
import httpx
import pytest

from app.infrastructure.logging.slow_work import MAX_LINES
from devtools.fault_proxy import FaultProxy
from tests.support.running_service import (
    OpenService,
    RunningService,
    count_resources,
    require_all_connections_usable,
)
from tests.support.traffic import (
    WIDGETS,
    make_widget_body,
    require_exactly_once,
    require_unavailable,
    uncached_list_url,
)
from tests.support.waiting import eventually


async def test_an_exhausted_pool_refuses_requests_after_a_second(
    open_service: OpenService, direct: asyncpg.Connection
) -> None:
    async with open_service(database_pool_size=2) as service:
        assert await service.serves()
        async with direct.transaction():
            await direct.execute("LOCK TABLE widgets")
            started = asyncio.get_running_loop().time()
            responses = await asyncio.gather(
                *(service.admin.get(uncached_list_url()) for _ in range(60))
            )
            elapsed = asyncio.get_running_loop().time() - started

        for response in responses:
            require_unavailable(response)
            assert response.json()["code"] == "database_busy"
        assert elapsed < 3
        await eventually(service.serves)
        await require_all_connections_usable(service, direct, size=2)


async def test_a_write_to_a_locked_row_fails_after_a_few_retries(
    service: RunningService, direct: asyncpg.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    created = await service.admin.post(WIDGETS, json=make_widget_body("locked"))
    where = created.headers["Location"]
    async with direct.transaction():
        await direct.execute("SELECT id FROM widgets FOR UPDATE")
        caplog.set_level(logging.WARNING)
        responses = await asyncio.gather(
            *(service.admin.patch(where, json={"price": 11}) for _ in range(4))
        )

    for response in responses:
        require_unavailable(response)
    slow = Counter(vars(each)["operation"] for each in caplog.records if each.name == "app.slow")
    assert max(slow.values()) <= MAX_LINES
    assert len(caplog.records) - slow.total() <= 2
    assert (await service.admin.patch(where, json={"price": 12})).status_code == 200


async def test_a_write_succeeds_once_when_the_lock_is_released_in_time(
    service: RunningService, direct: asyncpg.Connection
) -> None:
    created = await service.admin.post(WIDGETS, json=make_widget_body("locked"))
    async with direct.transaction():
        await direct.execute("SELECT id FROM widgets FOR UPDATE")
        change = service.admin.patch(created.headers["Location"], json={"price": 10.6})
        write = asyncio.create_task(change)
        # Longer than the lock timeout, so that the whole transaction is retried.
        await asyncio.sleep(1.7)

    assert (await write).json()["version"] == 2
    assert await direct.fetchval("SELECT count(*) FROM audit_log") == 2


@pytest.mark.parametrize(
    "conflict",
    [asyncpg.SerializationError, asyncpg.DeadlockDetectedError],
    ids=lambda e: e.__name__,
)
async def test_a_whole_transaction_is_retried_after_a_conflict(
    service: RunningService, direct: asyncpg.Connection, conflict: type[asyncpg.PostgresError]
) -> None:
    database = service.resources.database
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


async def test_two_deadlocked_transactions_both_succeed(
    service: RunningService, direct: asyncpg.Connection
) -> None:
    database = service.resources.database
    await service.admin.post(WIDGETS, json=make_widget_body("first"))
    await service.admin.post(WIDGETS, json=make_widget_body("second"))
    met = asyncio.Barrier(2)
    is_first_try = {1: True, 2: True}

    async def change(first: int, second: int) -> None:
        await database.execute("UPDATE widgets SET version = version + 1 WHERE id = $1", first)
        if is_first_try[first]:
            is_first_try[first] = False
            await met.wait()
        await database.execute("UPDATE widgets SET version = version + 1 WHERE id = $1", second)

    await asyncio.gather(
        database.run(lambda: change(1, 2)),
        database.run(lambda: change(2, 1)),
    )

    assert await direct.fetchval("SELECT array_agg(version) FROM widgets") == [3, 3]


async def test_a_read_only_database_serves_reads_and_recovers(
    open_service: OpenService,
    direct: asyncpg.Connection,
    direct_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Otherwise a slow machine has several connections, each of which fails once.
    monkeypatch.setattr("app.infrastructure.database.availability.SLOW_SECONDS", 60)
    set_read_only = "ALTER DATABASE service SET default_transaction_read_only"
    await direct.execute(f"{set_read_only} = on")
    try:
        async with open_service() as service:
            require_unavailable(
                await service.admin.post(WIDGETS, json=make_widget_body("too soon"))
            )
            assert await service.serves()

            await direct.execute(f"{set_read_only} = off")
            written = await service.admin.post(WIDGETS, json=make_widget_body("in time"))
    finally:
        await direct.execute("ALTER DATABASE service RESET default_transaction_read_only")

    assert written.status_code == 201
    await require_exactly_once(direct_url, ["in time"])


async def test_cancelled_requests_leave_nothing_behind(
    open_service: OpenService, proxy: FaultProxy, direct: asyncpg.Connection, direct_url: str
) -> None:
    acknowledged: list[str] = []

    async def write(client: httpx.AsyncClient, name: str) -> None:
        if (await client.post(WIDGETS, json=make_widget_body(name))).status_code == 201:
            acknowledged.append(name)

    async with open_service(database_pool_size=4) as service:
        proxy.delay = 0.001
        await asyncio.gather(*(write(service.admin, f"warm {n}") for n in range(8)))
        before = count_resources()
        for round_number in range(40):
            names = [f"{round_number}-{number}" for number in range(6)]
            writes = [asyncio.create_task(write(service.admin, name)) for name in names]
            await asyncio.sleep(0.0005 * (round_number))
            for each in writes:
                each.cancel()
            await asyncio.gather(*writes, return_exceptions=True)

        # asyncpg warns about an abandoned connection when it is garbage-collected.
        gc.collect()
        await require_all_connections_usable(service, direct, size=4)
        await eventually(lambda: _returned_to(before))
    await require_exactly_once(direct_url, acknowledged)


async def _returned_to(before: tuple[int, int]) -> bool:
    return all(now <= then * 1.05 + 1 for now, then in zip(count_resources(), before, strict=True))
