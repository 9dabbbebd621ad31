"""Each message has exactly one effect despite outages of the broker."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.infrastructure.messaging.consumer.incoming_message import IncomingMessage
from devtools.fault_proxy import FaultProxy
from devtools.rabbitmq import PrivateRabbitMQ
from tests.support.consumer_fixtures import OpenConsumer
from tests.support.consumer_harness import ConsumerHarness
from tests.support.other_service import OtherService
from tests.support.waiting import eventually


@pytest.fixture
async def proxy(rabbitmq: PrivateRabbitMQ) -> AsyncIterator[FaultProxy]:
    async with FaultProxy(target=rabbitmq.port) as running:
        yield running


@pytest.fixture
def proxied_url(rabbitmq: PrivateRabbitMQ, proxy: FaultProxy) -> str:
    return rabbitmq.url.replace(f":{rabbitmq.port}/", f":{proxy.port}/")


async def require_each_once(consumer: ConsumerHarness, expected: set[str]) -> None:
    async def are_seen() -> bool:
        return set(consumer.names) >= expected

    await eventually(are_seen, seconds=60)
    assert sorted(consumer.names) == sorted(expected)


async def test_a_killed_broker_loses_and_repeats_no_effect(
    open_consumer: OpenConsumer,
    other_service: OtherService,
    rabbitmq: PrivateRabbitMQ,
    server_thread: ThreadPoolExecutor,
) -> None:
    loop = asyncio.get_running_loop()
    async with open_consumer() as consumer:
        names = {await _send_numbered(other_service, number) for number in range(50)}
        await eventually(lambda: _has_started(consumer))
        await loop.run_in_executor(server_thread, rabbitmq.kill)
        await loop.run_in_executor(server_thread, rabbitmq.start)
        async with OtherService.connected(rabbitmq.url, other_service.service_name) as again:
            names |= {await _send_numbered(again, number) for number in range(50, 60)}
        await require_each_once(consumer, names)


async def test_repeated_connection_resets_lose_and_repeat_no_effect(
    open_consumer: OpenConsumer, other_service: OtherService, proxy: FaultProxy, proxied_url: str
) -> None:
    names = {await _send_numbered(other_service, number) for number in range(100)}
    async with open_consumer(url=proxied_url) as consumer:
        for _ in range(5):
            await asyncio.sleep(0.2)
            proxy.reset()
        await require_each_once(consumer, names)


async def test_a_frozen_connection_loses_and_repeats_no_effect(
    open_consumer: OpenConsumer, other_service: OtherService, proxy: FaultProxy, proxied_url: str
) -> None:
    async with open_consumer(url=proxied_url, check=0.2, declare_seconds=1) as consumer:
        first = await _send_numbered(other_service, 1)
        await eventually(lambda: _has_started(consumer))
        proxy.drop_bytes()
        second = await _send_numbered(other_service, 2)
        await asyncio.sleep(2)
        proxy.thaw()
        await require_each_once(consumer, {first, second})


async def test_a_consumer_waits_for_a_broker_that_starts_later(
    open_consumer: OpenConsumer, other_service: OtherService, proxy: FaultProxy, proxied_url: str
) -> None:
    proxy.refuse()
    name = await _send_numbered(other_service, 1)
    async with open_consumer(url=proxied_url) as consumer:
        await asyncio.sleep(0.5)
        await proxy.accept()
        await require_each_once(consumer, {name})


async def test_a_deleted_queue_is_declared_again(
    open_consumer: OpenConsumer, other_service: OtherService, rabbitmq: PrivateRabbitMQ
) -> None:
    async with open_consumer(check=0.2) as consumer:
        first = await _send_numbered(other_service, 1)
        await eventually(lambda: _has_started(consumer))
        rabbitmq.run_rabbitmqctl("delete_queue", other_service.queue)
        second = await _send_numbered(other_service, 2)
        await require_each_once(consumer, {first, second})


async def test_a_queue_with_other_arguments_is_used_as_it_is(
    open_consumer: OpenConsumer, other_service: OtherService
) -> None:
    await other_service.declare_without_priorities()
    async with open_consumer() as consumer:
        name = await _send_numbered(other_service, 1)
        await require_each_once(consumer, {name})


async def test_the_consumer_finishes_its_current_message_before_it_stops(
    open_consumer: OpenConsumer, other_service: OtherService
) -> None:
    begun, may_end = asyncio.Event(), asyncio.Event()
    ended: list[str] = []

    async def handle(message: IncomingMessage) -> None:
        begun.set()
        await may_end.wait()
        ended.append(message.payload["name"])

    async with open_consumer(prefetch=1) as consumer:
        consumer.callback = handle
        name = await _send_numbered(other_service, 1)
        await _send_numbered(other_service, 2)
        await begun.wait()
        asyncio.get_running_loop().call_later(0.3, may_end.set)

    assert ended == [name]
    assert await other_service.count_ready() == 1


async def _send_numbered(other_service: OtherService, number: int) -> str:
    name = f"message {number}"
    await other_service.send({"name": name})
    return name


async def _has_started(consumer: ConsumerHarness) -> bool:
    return len(consumer.seen) > 0
