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
from tests.faults.conftest import OpenCatalogue
from tests.faults.outcomes import (
    PRODUCTS,
    Traffic,
    product,
    require_exactly_once,
    require_unavailable,
    unread,
)
from tests.faults.running import Catalogue, are_waiting, eventually, held, require_all_lendable

LOGGER = "app.infrastructure.database"


def state_lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name.startswith(LOGGER)]


async def test_a_crash_under_50_clients_loses_and_doubles_nothing(
    victim: PrivatePostgres,
    keeper: ThreadPoolExecutor,
    catalogue: Catalogue,
    direct_url: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, LOGGER)
    loop = asyncio.get_running_loop()
    traffic = Traffic(catalogue.admin)
    clients = asyncio.create_task(traffic.run(50))
    await asyncio.sleep(0.5)

    await loop.run_in_executor(keeper, victim.kill)
    await eventually(catalogue.is_down)
    live = await catalogue.admin.get("/health/live")
    await loop.run_in_executor(keeper, victim.start)
    await eventually(catalogue.is_ready)
    await asyncio.sleep(0.3)
    traffic.count_anew()
    await asyncio.sleep(0.3)
    traffic.is_over = True
    await clients

    assert live.status_code == 200
    assert set(traffic.statuses) == {200, 201}
    await require_exactly_once(direct_url, traffic.acknowledged)
    changes = [line.split()[2] for line in state_lines(caplog)]
    assert changes.count("unavailable") == 1
    assert len(changes) <= 6


async def test_a_database_that_is_down_is_answered_for_at_once(
    catalogue: Catalogue, proxy: FaultProxy
) -> None:
    assert await catalogue.serves()

    proxy.refuse()
    proxy.reset()
    await eventually(catalogue.is_down)

    for answer in [
        await catalogue.admin.get(unread()),
        await catalogue.admin.post(PRODUCTS, json=product("never")),
    ]:
        require_unavailable(answer)
        assert answer.elapsed.total_seconds() < 0.5
    assert (await catalogue.admin.get("/health")).status_code == 503
    assert (await catalogue.admin.get("/health/live")).status_code == 200

    await proxy.accept()
    await eventually(catalogue.serves, seconds=5)


async def test_a_read_is_repeated_on_another_connection_and_a_write_is_not(
    catalogue: Catalogue, proxy: FaultProxy, direct: asyncpg.Connection
) -> None:
    async with direct.transaction():
        await direct.execute("LOCK TABLE products")
        read = asyncio.create_task(catalogue.admin.get(unread()))
        write = asyncio.create_task(catalogue.admin.post(PRODUCTS, json=product("once")))
        await eventually(lambda: are_waiting(direct, 2))
        proxy.reset()
        # Their server processes do not notice before they have the lock.
        await eventually(lambda: are_waiting(direct, 3))

    assert (await read).status_code == 200
    require_unavailable(await write)


@pytest.fixture
def quick_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it matters that a command is given up, and not after how long."""
    monkeypatch.setattr(pool, "COMMAND_SECONDS", 1)


@pytest.mark.parametrize("loses", [False, True], ids=["held back", "lost"])
async def test_a_frozen_database_is_given_up_in_time_and_served_after_the_thaw(
    open_catalogue: OpenCatalogue,
    proxy: FaultProxy,
    direct: asyncpg.Connection,
    *,
    loses: bool,
) -> None:
    async with open_catalogue(database_pool_size=4) as catalogue:
        for _ in range(3):
            assert all(await asyncio.gather(*(catalogue.serves() for _ in range(8))))
        before, links = held(), proxy.connections
        (proxy.lose if loses else proxy.freeze)()
        async with asyncio.timeout(7):
            answers = await asyncio.gather(*(_call(catalogue.admin, n) for n in range(50)))
        for answer in answers:
            require_unavailable(answer)
        assert (await catalogue.admin.get("/health/live")).status_code == 200
        assert await catalogue.is_down()

        proxy.thaw()
        await eventually(catalogue.serves, seconds=3)
        await require_all_lendable(catalogue, direct, size=4)
        await eventually(lambda: _has_returned(proxy, links))
        assert held()[1] <= before[1] + 1


async def _call(client: httpx.AsyncClient, number: int) -> httpx.Response:
    if number % 2:
        return await client.post(PRODUCTS, json=product(f"product {number}"))
    return await client.get(unread())


async def _has_returned(proxy: FaultProxy, links: int) -> bool:
    return proxy.connections <= links


async def test_half_a_second_more_for_every_round_trip_is_served(
    open_catalogue: OpenCatalogue, proxy: FaultProxy
) -> None:
    proxy.delay = 0.25
    async with open_catalogue() as catalogue:
        await eventually(catalogue.is_ready)
        created = await catalogue.admin.post(PRODUCTS, json=product("far away"))

    assert created.status_code == 201


@pytest.mark.usefixtures("quick_commands")
async def test_a_write_that_freezes_half_way_is_given_up_without_waiting_for_its_rollback(
    catalogue: Catalogue, proxy: FaultProxy, direct: asyncpg.Connection
) -> None:
    assert await catalogue.serves()
    async with direct.transaction():
        await direct.execute("LOCK TABLE audit_log")
        write = asyncio.create_task(catalogue.admin.post(PRODUCTS, json=product("half")))
        await eventually(lambda: are_waiting(direct, 1))
        proxy.lose()
        async with asyncio.timeout(6):
            require_unavailable(await write)

    assert await direct.fetchval("SELECT count(*) FROM products") == 0


@pytest.mark.usefixtures("quick_commands")
async def test_a_server_process_that_hangs_costs_one_request(
    catalogue: Catalogue, direct: asyncpg.Connection
) -> None:
    assert await catalogue.serves()
    busy = await direct.fetchval(
        "SELECT pid FROM pg_stat_activity WHERE application_name = $1 AND query LIKE '%products%'",
        app.__slug__,
    )
    os.kill(busy, signal.SIGSTOP)
    try:
        answers = await asyncio.gather(*(catalogue.admin.get(unread()) for _ in range(10)))
    finally:
        os.kill(busy, signal.SIGCONT)

    hung = [answer for answer in answers if answer.status_code != 200]
    assert len(hung) == 1
    require_unavailable(hung[0])
    assert await catalogue.is_ready()
