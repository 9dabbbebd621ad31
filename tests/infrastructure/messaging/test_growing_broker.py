"""A list of RabbitMQ hosts, and quorum queues that lose nothing in a database outage."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from app.config.settings import Settings
from app.infrastructure.messaging.consumer.incoming_message import IncomingMessage
from app.infrastructure.messaging.consumer.message_broker import ConsumerTiming
from app.infrastructure.messaging.opening import open_dead_queue
from app.infrastructure.resources import Resources, open_resources
from devtools.fault_proxy import FaultProxy
from devtools.ports import free_port
from devtools.rabbitmq import PrivateRabbitMQ
from tests.support.consumer_harness import ConsumerHarness
from tests.support.other_service import QUORUM, OtherService
from tests.support.outbox_sender import open_outbox_sender, send
from tests.support.waiting import eventually

DELIVERY_LIMIT = 2
QUICK = ConsumerTiming(repeat_delay=0.02, delays=(0.05,), drain=0.5)


def _url_of(rabbitmq: PrivateRabbitMQ, *ports: int) -> str:
    hosts = ",".join(f"127.0.0.1:{port}" for port in ports)
    return rabbitmq.url.replace(f"127.0.0.1:{rabbitmq.port}", hosts)


@pytest.fixture
async def second(rabbitmq: PrivateRabbitMQ) -> AsyncIterator[FaultProxy]:
    """Another address of the broker, in the place of another node of its cluster."""
    async with FaultProxy(target=rabbitmq.port) as running:
        yield running


async def test_the_next_host_is_used_when_one_is_down_and_when_one_fails(
    database_url: str,
    rabbitmq: PrivateRabbitMQ,
    proxy: FaultProxy,
    second: FaultProxy,
    address: str,
    tmp_path: Path,
) -> None:
    url = _url_of(rabbitmq, free_port(), proxy.port, second.port)
    async with open_outbox_sender(database_url, url, tmp_path) as sender:
        await send(address)
        await eventually(sender.all_published)

        proxy.refuse()
        proxy.reset()
        await send(address)
        await eventually(sender.all_published)


async def test_a_command_finds_the_host_that_is_up(
    consumer_settings: Settings, rabbitmq: PrivateRabbitMQ
) -> None:
    url = SecretStr(_url_of(rabbitmq, free_port(), rabbitmq.port))
    settings = consumer_settings.model_copy(update={"rabbitmq_url": url})

    async with open_dead_queue(settings) as dead_queue:
        assert await dead_queue.count() == 0


@pytest.fixture
def quorum_settings(consumer_settings: Settings, rabbitmq: PrivateRabbitMQ) -> Settings:
    """The broker drops what was returned twice, as RabbitMQ 4 does after 20 times."""
    queue = f"queue_{consumer_settings.service_name}"
    limit = f'{{"delivery-limit": {DELIVERY_LIMIT}}}'
    rabbitmq.run_rabbitmqctl(
        *("set_policy", "--apply-to", "queues", queue, f"^{queue}$", limit, "--priority", "1")
    )
    return consumer_settings.model_copy(update={"message_queue_type": "quorum"})


@pytest.fixture
async def database_proxy(quorum_settings: Settings) -> AsyncIterator[FaultProxy]:
    port = quorum_settings.database_url.get_secret_value().rpartition(":")[2].partition("/")[0]
    async with FaultProxy(target=int(port)) as running:
        yield running


@pytest.fixture
async def quorum_resources(
    quorum_settings: Settings, database_proxy: FaultProxy
) -> AsyncIterator[Resources]:
    url = quorum_settings.database_url.get_secret_value()
    port = url.rpartition(":")[2].partition("/")[0]
    proxied = SecretStr(url.replace(f":{port}/", f":{database_proxy.port}/"))
    settings = quorum_settings.model_copy(update={"database_url": proxied})
    async with open_resources(settings) as opened:
        yield opened


async def test_a_quorum_queue_loses_nothing_while_the_database_is_unavailable(
    quorum_resources: Resources, database_proxy: FaultProxy, rabbitmq: PrivateRabbitMQ
) -> None:
    resources = quorum_resources
    consumer = ConsumerHarness(resources, rabbitmq.url, QUICK)
    async with OtherService.connected(
        rabbitmq.url, resources.settings.service_name, arguments=QUORUM
    ) as other:
        database_proxy.refuse()
        database_proxy.reset()
        await eventually(lambda: not resources.database.is_up)
        names = {f"message {number}" for number in range(6)}
        for name in sorted(names):
            await other.send({"name": name})
        async with consumer.consuming(prefetch=4):
            # Each of these was attempted far more often than the broker would deliver it.
            await asyncio.sleep(20 * QUICK.repeat_delay)
            assert not consumer.seen
            await database_proxy.accept()
            await eventually(lambda: names <= set(consumer.names))
            await asyncio.sleep(5 * QUICK.repeat_delay)

    assert sorted(consumer.names) == sorted(names)


async def test_a_quorum_queue_keeps_retries_and_dead_messages(
    quorum_settings: Settings, rabbitmq: PrivateRabbitMQ
) -> None:
    async def fail(message: IncomingMessage) -> None:
        raise RuntimeError(message.id)

    async def holds_one() -> bool:
        return await dead_queue.count() == 1

    async with (
        open_resources(quorum_settings) as resources,
        OtherService.connected(
            rabbitmq.url, quorum_settings.service_name, arguments=QUORUM
        ) as other,
        open_dead_queue(quorum_settings) as dead_queue,
    ):
        consumer = ConsumerHarness(resources, rabbitmq.url, QUICK)
        consumer.callback = fail
        identifier = await other.send({"name": "first"})
        async with consumer.consuming(prefetch=4):
            await eventually(holds_one)
    for _ in range(DELIVERY_LIMIT + 1):
        async with open_dead_queue(quorum_settings) as dead_queue:
            assert [each.id for each in await dead_queue.list(limit=5)] == [identifier]
