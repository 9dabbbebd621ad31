"""Requests are answered whatever the broker does, and what they wrote arrives in the end."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from app.config.settings import Settings
from app.infrastructure.messaging import opening
from app.infrastructure.messaging.broker import BrokerTiming
from devtools.fault_proxy import FaultProxy
from devtools.rabbitmq import PrivateRabbitMQ
from tests.faults.running import eventually, held
from tests.messaging.catalogue import Catalogue, require_reconciled, telling
from tests.messaging.receiving import received
from tests.setup import Tokens

LOGGER = "app.infrastructure.messaging"


@pytest.fixture
def quick_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it matters that the broker is given up, and not after how long."""
    quick = partial(BrokerTiming, publish=0.5, connect=0.5, declare=0.5)
    monkeypatch.setattr(opening, "BrokerTiming", quick)


@pytest.fixture
async def catalogue(
    settings: Settings, tokens: Tokens, broker_url: str, address: str, proxy: FaultProxy
) -> AsyncIterator[Catalogue]:
    """It cannot reach the broker before the test lets it."""
    proxy.refuse()
    async with telling(settings, tokens, broker_url=broker_url, subscriber=address) as opened:
        yield opened


def states(caplog: pytest.LogCaptureFixture) -> list[str]:
    """List what was told of the broker; the rest of a line says why."""
    found = (re.search(r": RabbitMQ is (\w+)", record.getMessage()) for record in caplog.records)
    return [match[1] for match in found if match]


async def test_events_wait_for_a_broker_that_is_down_at_the_start(
    catalogue: Catalogue,
    proxy: FaultProxy,
    rabbitmq: PrivateRabbitMQ,
    queue: str,
    database_url: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    await eventually(partial(catalogue.messaging_is, "unavailable"))
    await catalogue.create(5)
    health = (await catalogue.admin.get("/health")).json()
    assert health["status"] == "degraded"

    await proxy.accept()
    arrived = await received(rabbitmq.url, queue, count=5)

    await require_reconciled(database_url, catalogue.acknowledged, arrived)
    assert await catalogue.messaging_is("healthy")
    assert states(caplog)[-1:] == ["healthy"]
    assert states(caplog).count("unavailable") <= 1
    password = rabbitmq.url.split(":")[2].split("@")[0]
    assert password not in caplog.text


@pytest.mark.parametrize("way", ["stop", "kill"])
async def test_nothing_is_lost_when_the_broker_stops_and_starts_under_writes(
    catalogue: Catalogue,
    proxy: FaultProxy,
    rabbitmq: PrivateRabbitMQ,
    keeper: ThreadPoolExecutor,
    queue: str,
    database_url: str,
    caplog: pytest.LogCaptureFixture,
    *,
    way: str,
) -> None:
    await proxy.accept()
    await eventually(partial(catalogue.messaging_is, "healthy"))
    caplog.set_level(logging.INFO, LOGGER)
    caplog.clear()
    over = asyncio.Event()
    writing = asyncio.create_task(_write_until(over, catalogue))
    loop = asyncio.get_running_loop()

    await loop.run_in_executor(keeper, getattr(rabbitmq, way))
    await eventually(partial(catalogue.messaging_is, "unavailable"))
    await loop.run_in_executor(keeper, rabbitmq.start)
    await eventually(partial(catalogue.messaging_is, "healthy"))
    over.set()
    await writing

    assert len(catalogue.acknowledged) > 10
    arrived = await received(rabbitmq.url, queue, count=len(catalogue.acknowledged))
    await require_reconciled(database_url, catalogue.acknowledged, arrived)
    assert states(caplog) == ["unavailable", "healthy"]


async def _write_until(over: asyncio.Event, catalogue: Catalogue) -> None:
    while not over.is_set():
        await catalogue.create(1)
        await asyncio.sleep(0.02)


@pytest.mark.usefixtures("quick_broker")
@pytest.mark.parametrize("way", ["freeze", "lose"])
async def test_requests_do_not_wait_for_a_frozen_broker(
    catalogue: Catalogue,
    proxy: FaultProxy,
    rabbitmq: PrivateRabbitMQ,
    queue: str,
    database_url: str,
    *,
    way: str,
) -> None:
    await proxy.accept()
    await eventually(partial(catalogue.messaging_is, "healthy"))
    await catalogue.create(1)
    before = held()

    getattr(proxy, way)()
    await catalogue.create(10)
    await eventually(partial(catalogue.messaging_is, "unavailable"))
    await catalogue.create(10)
    assert (await catalogue.admin.get("/health/live")).status_code == 200
    proxy.thaw()

    arrived = await received(rabbitmq.url, queue, count=21)
    await require_reconciled(database_url, catalogue.acknowledged, arrived)
    await eventually(partial(catalogue.messaging_is, "healthy"))
    await eventually(partial(_holds_no_more_than, before))


async def _holds_no_more_than(before: tuple[int, int]) -> bool:
    files, tasks = held()
    return files <= before[0] + 2 and tasks <= before[1] + 2


@pytest.mark.usefixtures("quick_broker")
async def test_a_memory_alarm_delays_messages_and_loses_none(
    catalogue: Catalogue,
    proxy: FaultProxy,
    rabbitmq: PrivateRabbitMQ,
    queue: str,
    database_url: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await proxy.accept()
    await eventually(partial(catalogue.messaging_is, "healthy"))
    caplog.set_level(logging.INFO, LOGGER)
    caplog.clear()
    rabbitmq.raise_memory_alarm()
    try:
        await catalogue.create(10)
        await eventually(partial(catalogue.messaging_is, "unavailable"))
        await catalogue.create(10)
        # It accepts connections meanwhile, and is no healthier for that.
        await asyncio.sleep(1.5)
        assert await catalogue.messaging_is("unavailable")
    finally:
        rabbitmq.clear_memory_alarm()

    arrived = await received(rabbitmq.url, queue, count=20)
    await require_reconciled(database_url, catalogue.acknowledged, arrived)
    await eventually(partial(catalogue.messaging_is, "healthy"))
    assert states(caplog) == ["unavailable", "healthy"]
