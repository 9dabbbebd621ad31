"""Whatever happens to the broker, each message is handled, and its effect is there once."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.infrastructure.messaging.incoming import IncomingMessage
from devtools.fault_proxy import FaultProxy
from devtools.rabbitmq import PrivateRabbitMQ
from tests.faults.running import eventually
from tests.receiving.conftest import OpenReceiver
from tests.receiving.receiver import Receiver
from tests.receiving.sender import Sender


@pytest.fixture
async def proxy(rabbitmq: PrivateRabbitMQ) -> AsyncIterator[FaultProxy]:
    async with FaultProxy(target=rabbitmq.port) as running:
        yield running


@pytest.fixture
def proxied_url(rabbitmq: PrivateRabbitMQ, proxy: FaultProxy) -> str:
    return rabbitmq.url.replace(f":{rabbitmq.port}/", f":{proxy.port}/")


async def require_each_once(receiver: Receiver, expected: set[str]) -> None:
    async def are_seen() -> bool:
        return set(receiver.names) >= expected

    await eventually(are_seen, seconds=60)
    assert sorted(receiver.names) == sorted(expected)


async def test_a_broker_that_dies_under_the_consumer(
    receiver_with: OpenReceiver,
    sender: Sender,
    rabbitmq: PrivateRabbitMQ,
    keeper: ThreadPoolExecutor,
) -> None:
    loop = asyncio.get_running_loop()
    async with receiver_with() as receiver:
        names = {await _sent(sender, number) for number in range(50)}
        await eventually(lambda: _has_begun(receiver))
        await loop.run_in_executor(keeper, rabbitmq.kill)
        await loop.run_in_executor(keeper, rabbitmq.start)
        async with Sender.connected(rabbitmq.url, sender.service_name) as again:
            names |= {await _sent(again, number) for number in range(50, 60)}
        await require_each_once(receiver, names)


async def test_a_connection_that_is_reset_again_and_again(
    receiver_with: OpenReceiver, sender: Sender, proxy: FaultProxy, proxied_url: str
) -> None:
    names = {await _sent(sender, number) for number in range(100)}
    async with receiver_with(url=proxied_url) as receiver:
        for _ in range(5):
            await asyncio.sleep(0.2)
            proxy.reset()
        await require_each_once(receiver, names)


async def test_a_connection_that_freezes(
    receiver_with: OpenReceiver, sender: Sender, proxy: FaultProxy, proxied_url: str
) -> None:
    async with receiver_with(url=proxied_url, look=0.2) as receiver:
        first = await _sent(sender, 1)
        await eventually(lambda: _has_begun(receiver))
        proxy.lose()
        second = await _sent(sender, 2)
        await asyncio.sleep(2)
        proxy.thaw()
        await require_each_once(receiver, {first, second})


async def test_a_broker_that_is_not_there_yet(
    receiver_with: OpenReceiver, sender: Sender, proxy: FaultProxy, proxied_url: str
) -> None:
    proxy.refuse()
    name = await _sent(sender, 1)
    async with receiver_with(url=proxied_url) as receiver:
        await asyncio.sleep(0.5)
        await proxy.accept()
        await require_each_once(receiver, {name})


async def test_a_queue_that_is_removed_is_made_again(
    receiver_with: OpenReceiver, sender: Sender, rabbitmq: PrivateRabbitMQ
) -> None:
    async with receiver_with(look=0.2) as receiver:
        first = await _sent(sender, 1)
        await eventually(lambda: _has_begun(receiver))
        rabbitmq.control("delete_queue", sender.queue)
        second = await _sent(sender, 2)
        await require_each_once(receiver, {first, second})


async def test_a_queue_that_was_made_otherwise_is_used_as_it_is(
    receiver_with: OpenReceiver, sender: Sender
) -> None:
    await sender.declare_otherwise()
    async with receiver_with() as receiver:
        name = await _sent(sender, 1)
        await require_each_once(receiver, {name})


async def test_what_has_begun_is_finished_before_the_consumer_ends(
    receiver_with: OpenReceiver, sender: Sender
) -> None:
    begun, may_end = asyncio.Event(), asyncio.Event()
    ended: list[str] = []

    async def handle(message: IncomingMessage) -> None:
        begun.set()
        await may_end.wait()
        ended.append(message.payload["name"])

    async with receiver_with(prefetch=1) as receiver:
        receiver.callback = handle
        name = await _sent(sender, 1)
        await _sent(sender, 2)
        await begun.wait()
        asyncio.get_running_loop().call_later(0.3, may_end.set)

    assert ended == [name]
    assert await sender.count() == 1


async def _sent(sender: Sender, number: int) -> str:
    name = f"message {number}"
    await sender.send({"name": name})
    return name


async def _has_begun(receiver: Receiver) -> bool:
    return len(receiver.seen) > 0
