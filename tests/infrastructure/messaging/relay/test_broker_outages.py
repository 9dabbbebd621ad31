"""Outages of the broker fail no request and lose no message."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from app.config.settings import Settings
from app.infrastructure.messaging import opening
from app.infrastructure.messaging.broker.broker_connection import BrokerTiming
from devtools.fault_proxy import FaultProxy
from devtools.rabbitmq import PrivateRabbitMQ
from tests.support.publishing_service import (
    PublishingService,
    open_publishing_service,
    require_reconciled,
)
from tests.support.queue_reader import receive
from tests.support.running_service import count_resources
from tests.support.settings_and_clients import Tokens
from tests.support.waiting import eventually

LOGGER = "app.infrastructure.messaging"


@pytest.fixture
def short_broker_timeouts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use short timeouts for the broker."""
    quick = partial(BrokerTiming, publish=0.5, connect=0.5, declare=0.5)
    monkeypatch.setattr(opening, "BrokerTiming", quick)


@pytest.fixture
async def service(
    settings: Settings, tokens: Tokens, broker_url: str, address: str, proxy: FaultProxy
) -> AsyncIterator[PublishingService]:
    """A service that cannot reach the broker until the test allows it."""
    proxy.refuse()
    async with open_publishing_service(
        settings, tokens, broker_url=broker_url, subscriber=address
    ) as opened:
        yield opened


def states(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return the logged states of the broker, without their reasons."""
    found = (re.search(r": RabbitMQ is (\w+)", record.getMessage()) for record in caplog.records)
    return [match[1] for match in found if match]


async def test_events_are_delivered_after_a_start_without_the_broker(
    service: PublishingService,
    proxy: FaultProxy,
    rabbitmq: PrivateRabbitMQ,
    queue: str,
    database_url: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    await eventually(partial(service.messaging_is, "unavailable"))
    await service.create(5)
    health = (await service.admin.get("/health")).json()
    assert health["status"] == "degraded"

    await proxy.accept()
    arrived = await receive(rabbitmq.url, queue, count=5)

    await require_reconciled(database_url, service.acknowledged, arrived)
    assert await service.messaging_is("healthy")
    assert states(caplog)[-1:] == ["healthy"]
    assert states(caplog).count("unavailable") <= 1
    password = rabbitmq.url.split(":")[2].split("@")[0]
    assert password not in caplog.text


@pytest.mark.parametrize("method", ["stop", "kill"])
async def test_a_broker_restart_during_writes_loses_nothing(
    service: PublishingService,
    proxy: FaultProxy,
    rabbitmq: PrivateRabbitMQ,
    server_thread: ThreadPoolExecutor,
    queue: str,
    database_url: str,
    caplog: pytest.LogCaptureFixture,
    *,
    method: str,
) -> None:
    await proxy.accept()
    await eventually(partial(service.messaging_is, "healthy"))
    caplog.set_level(logging.INFO, LOGGER)
    caplog.clear()
    stopped = asyncio.Event()
    writing = asyncio.create_task(_write_until(stopped, service))
    loop = asyncio.get_running_loop()

    await loop.run_in_executor(server_thread, getattr(rabbitmq, method))
    await eventually(partial(service.messaging_is, "unavailable"))
    await loop.run_in_executor(server_thread, rabbitmq.start)
    await eventually(partial(service.messaging_is, "healthy"))
    stopped.set()
    await writing

    assert len(service.acknowledged) > 10
    arrived = await receive(rabbitmq.url, queue, count=len(service.acknowledged))
    await require_reconciled(database_url, service.acknowledged, arrived)
    assert states(caplog) == ["unavailable", "healthy"]


async def _write_until(stopped: asyncio.Event, service: PublishingService) -> None:
    while not stopped.is_set():
        await service.create(1)
        await asyncio.sleep(0.02)


@pytest.mark.usefixtures("short_broker_timeouts")
@pytest.mark.parametrize("method", ["freeze", "drop_bytes"])
async def test_requests_do_not_wait_for_a_frozen_broker(
    service: PublishingService,
    proxy: FaultProxy,
    rabbitmq: PrivateRabbitMQ,
    queue: str,
    database_url: str,
    *,
    method: str,
) -> None:
    await proxy.accept()
    await eventually(partial(service.messaging_is, "healthy"))
    await service.create(1)
    before = count_resources()

    getattr(proxy, method)()
    await service.create(10)
    await eventually(partial(service.messaging_is, "unavailable"))
    await service.create(10)
    assert (await service.admin.get("/health/live")).status_code == 200
    proxy.thaw()

    arrived = await receive(rabbitmq.url, queue, count=21)
    await require_reconciled(database_url, service.acknowledged, arrived)
    await eventually(partial(service.messaging_is, "healthy"))
    await eventually(partial(_holds_no_more_than, before))


async def _holds_no_more_than(before: tuple[int, int]) -> bool:
    files, tasks = count_resources()
    return files <= before[0] + 2 and tasks <= before[1] + 2


@pytest.mark.usefixtures("short_broker_timeouts")
async def test_a_memory_alarm_delays_messages_and_loses_none(
    service: PublishingService,
    proxy: FaultProxy,
    rabbitmq: PrivateRabbitMQ,
    queue: str,
    database_url: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await proxy.accept()
    await eventually(partial(service.messaging_is, "healthy"))
    caplog.set_level(logging.INFO, LOGGER)
    caplog.clear()
    rabbitmq.raise_memory_alarm()
    try:
        await service.create(10)
        await eventually(partial(service.messaging_is, "unavailable"))
        await service.create(10)
        # The broker accepts connections during the alarm, but is not healthy.
        await asyncio.sleep(1.5)
        assert await service.messaging_is("unavailable")
    finally:
        rabbitmq.clear_memory_alarm()

    arrived = await receive(rabbitmq.url, queue, count=20)
    await require_reconciled(database_url, service.acknowledged, arrived)
    await eventually(partial(service.messaging_is, "healthy"))
    assert states(caplog) == ["unavailable", "healthy"]
