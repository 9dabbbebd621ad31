import asyncio
import logging
import os
import signal
from concurrent.futures import ThreadPoolExecutor

import asyncpg
import httpx
import pytest

import app
from app.infrastructure.database import pool
from devtools.fault_proxy import FaultProxy
from devtools.postgres import PrivatePostgres
from tests.support.running_service import (
    OpenService,
    RunningService,
    count_resources,
    has_lock_waiters,
    require_all_connections_usable,
)
from tests.support.traffic import (
    WIDGETS,
    Traffic,
    make_widget_body,
    require_exactly_once,
    require_unavailable,
    uncached_list_url,
)
from tests.support.waiting import eventually

LOGGER = "app.infrastructure.database"


def state_lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name.startswith(LOGGER)]


async def test_a_crash_under_50_clients_loses_and_repeats_nothing(
    own_postgres: PrivatePostgres,
    server_thread: ThreadPoolExecutor,
    service: RunningService,
    direct_url: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, LOGGER)
    loop = asyncio.get_running_loop()
    traffic = Traffic(service.admin)
    clients = asyncio.create_task(traffic.run(50))
    await asyncio.sleep(0.5)

    await loop.run_in_executor(server_thread, own_postgres.kill)
    await eventually(service.is_down)
    live = await service.admin.get("/health/live")
    await loop.run_in_executor(server_thread, own_postgres.start)
    await eventually(service.is_ready)
    await eventually(lambda: _has_all_connections(service))
    traffic.reset_counts()
    await eventually(lambda: traffic.statuses.total() >= 100)
    traffic.is_stopped = True
    await clients

    assert live.status_code == 200
    assert set(traffic.statuses) == {200, 201}
    await require_exactly_once(direct_url, traffic.acknowledged)
    changes = [line.split()[2] for line in state_lines(caplog)]
    assert changes.count("unavailable") == 1
    assert len(changes) <= 6


def _has_all_connections(service: RunningService) -> bool:
    usage = service.resources.database.pool_usage
    return usage.used + usage.idle == usage.size


async def test_requests_fail_at_once_while_the_database_is_down(
    service: RunningService, proxy: FaultProxy
) -> None:
    assert await service.serves()

    proxy.refuse()
    proxy.reset()
    await eventually(service.is_down)

    for response in [
        await service.admin.get(uncached_list_url()),
        await service.admin.post(WIDGETS, json=make_widget_body("never")),
    ]:
        require_unavailable(response)
        assert response.elapsed.total_seconds() < 0.5
    assert (await service.admin.get("/health")).status_code == 503
    assert (await service.admin.get("/health/live")).status_code == 200

    await proxy.accept()
    await eventually(service.serves, seconds=5)


async def test_a_read_is_retried_on_another_connection_and_a_write_is_not(
    service: RunningService, proxy: FaultProxy, direct: asyncpg.Connection
) -> None:
    async with direct.transaction():
        await direct.execute("LOCK TABLE widgets")
        read = asyncio.create_task(service.admin.get(uncached_list_url()))
        write = asyncio.create_task(service.admin.post(WIDGETS, json=make_widget_body("once")))
        await eventually(lambda: has_lock_waiters(direct, 2))
        proxy.reset()
        # The server processes detect it only after they have acquired the lock.
        await eventually(lambda: has_lock_waiters(direct, 3))

    assert (await read).status_code == 200
    require_unavailable(await write)


@pytest.fixture
def short_command_timeouts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use short command timeouts."""
    monkeypatch.setattr(pool, "COMMAND_SECONDS", 1)


@pytest.mark.parametrize("loses", [False, True], ids=["held back", "lost"])
async def test_a_frozen_database_fails_requests_in_time_and_recovers(
    open_service: OpenService,
    proxy: FaultProxy,
    direct: asyncpg.Connection,
    *,
    loses: bool,
) -> None:
    async with open_service(database_pool_size=4) as service:
        for _ in range(3):
            assert all(await asyncio.gather(*(service.serves() for _ in range(8))))
        before, links = count_resources(), proxy.connections
        (proxy.drop_bytes if loses else proxy.freeze)()
        async with asyncio.timeout(7):
            responses = await asyncio.gather(*(_call(service.admin, n) for n in range(50)))
        for response in responses:
            require_unavailable(response)
        assert (await service.admin.get("/health/live")).status_code == 200
        assert await service.is_down()

        proxy.thaw()
        await eventually(service.serves, seconds=3)
        await require_all_connections_usable(service, direct, size=4)
        await eventually(lambda: _has_returned(proxy, links))
        assert count_resources()[1] <= before[1] + 1


async def _call(client: httpx.AsyncClient, number: int) -> httpx.Response:
    if number % 2:
        return await client.post(WIDGETS, json=make_widget_body(f"widget {number}"))
    return await client.get(uncached_list_url())


async def _has_returned(proxy: FaultProxy, links: int) -> bool:
    return proxy.connections <= links


async def test_half_a_second_of_added_latency_is_tolerated(
    open_service: OpenService, proxy: FaultProxy
) -> None:
    proxy.delay = 0.25
    async with open_service() as service:
        await eventually(service.is_ready)
        created = await service.admin.post(WIDGETS, json=make_widget_body("far away"))

    assert created.status_code == 201


@pytest.mark.usefixtures("short_command_timeouts")
async def test_a_frozen_write_fails_without_waiting_for_its_rollback(
    service: RunningService, proxy: FaultProxy, direct: asyncpg.Connection
) -> None:
    assert await service.serves()
    async with direct.transaction():
        await direct.execute("LOCK TABLE audit_log")
        write = asyncio.create_task(service.admin.post(WIDGETS, json=make_widget_body("half")))
        await eventually(lambda: has_lock_waiters(direct, 1))
        proxy.drop_bytes()
        async with asyncio.timeout(6):
            require_unavailable(await write)

    assert await direct.fetchval("SELECT count(*) FROM widgets") == 0


@pytest.mark.usefixtures("short_command_timeouts")
async def test_a_hanging_server_process_fails_one_request(
    service: RunningService, direct: asyncpg.Connection
) -> None:
    assert await service.serves()
    busy = await direct.fetchval(
        "SELECT pid FROM pg_stat_activity WHERE application_name = $1 AND query LIKE '%widgets%'",
        app.__slug__,
    )
    os.kill(busy, signal.SIGSTOP)
    try:
        responses = await asyncio.gather(
            *(service.admin.get(uncached_list_url()) for _ in range(10))
        )
    finally:
        os.kill(busy, signal.SIGCONT)

    hung = [response for response in responses if response.status_code != 200]
    assert len(hung) == 1
    require_unavailable(hung[0])
    assert await service.is_ready()
