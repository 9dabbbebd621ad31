"""A failed message that the broker will not move blocks no other, and none is lost."""

import asyncio

import aio_pika
import pytest
from aio_pika.abc import AbstractConnection
from pamqp.common import FieldTable

from app.config.settings import Settings
from app.exceptions.base import UnavailableError
from app.infrastructure.messaging.broker.own_user import OwnUser
from app.infrastructure.messaging.consumer.incoming_message import IncomingMessage
from app.infrastructure.resources import Resources
from devtools.rabbitmq import PrivateRabbitMQ
from tests.infrastructure.messaging.conftest import LinesWith
from tests.infrastructure.messaging.consumer.test_missing_rights import receiving
from tests.support.consumer_fixtures import OpenConsumer
from tests.support.limited_user import NONE, LimitedUser
from tests.support.other_service import OtherService
from tests.support.queue_reader import channel_to
from tests.support.waiting import eventually

PREFETCH = 4


async def test_more_refused_messages_than_are_handled_at_a_time_do_not_block_others(
    limited: LimitedUser,
    consumer_settings: Settings,
    other_service: OtherService,
    lines: LinesWith,
) -> None:
    """The dead queue does not exist and may not be declared."""
    limited.allow(configure=NONE)
    await other_service.declare()
    bad = [f"not JSON {number}".encode() for number in range(3 * PREFETCH)]

    async with receiving(consumer_settings, limited) as receiver:
        for body in bad:
            await other_service.send_raw(body, priority=10)
        await other_service.send({"name": "good"})
        await eventually(lambda: receiver.names == ["good"])
        await eventually(lambda: bool(lines(f"cannot be moved to {other_service.queue}.dead")))
        await other_service.send_to_dead_queue(b"the queue exists now", error="")
        dead = [
            await other_service.wait_for_message(f"{other_service.queue}.dead")
            for _ in range(len(bad) + 1)
        ]

    assert sorted(each.body for each in dead) == sorted([*bad, b"the queue exists now"])
    assert len(lines(f"cannot be moved to {other_service.queue}.dead")) == 1


async def test_a_full_dead_queue_does_not_block_others(
    open_consumer: OpenConsumer, other_service: OtherService, rabbitmq: PrivateRabbitMQ
) -> None:
    full: FieldTable = {
        "x-queue-type": "classic",
        "x-max-length": 0,
        "x-overflow": "reject-publish",
    }
    async with channel_to(rabbitmq.url) as channel:
        await channel.declare_queue(f"{other_service.queue}.dead", durable=True, arguments=full)

    async with open_consumer(repeat_delay=0.05) as consumer:
        for number in range(3 * PREFETCH):
            await other_service.send_raw(f"not JSON {number}".encode())
        await other_service.send({"name": "good"})
        await eventually(lambda: consumer.names == ["good"])


@pytest.mark.parametrize("priority", [5, 10])
async def test_messages_that_cannot_be_handled_now_do_not_block_others(
    open_consumer: OpenConsumer, other_service: OtherService, priority: int
) -> None:
    """Their handler calls a service that is unavailable, but only for these."""
    is_available = asyncio.Event()

    async with open_consumer(delays=(), repeat_delay=0.05) as consumer:

        async def handle(message: IncomingMessage) -> None:
            if message.payload["name"] != "good" and not is_available.is_set():
                raise UnavailableError("the other service")
            await consumer.record(message)

        consumer.callback = handle
        for _ in range(3 * PREFETCH):
            await other_service.send({"name": "late"}, priority=priority)
        await other_service.send({"name": "good"})
        await eventually(lambda: consumer.names == ["good"])
        is_available.set()
        await eventually(lambda: len(consumer.seen) == 3 * PREFETCH + 1)

    assert await other_service.get_message(f"{other_service.queue}.dead") is None


class OtherUser(OwnUser):
    """A user that the broker no longer accepts."""

    async def confirm(self, _: AbstractConnection) -> str:
        return "another-user"


async def test_if_a_copy_cannot_be_sent_body_and_id_are_parked(
    open_consumer: OpenConsumer, other_service: OtherService, resources: Resources
) -> None:
    assert resources.messaging.broker is not None
    resources.messaging.broker.own_user = OtherUser("amqp://localhost")

    async def fail(message: IncomingMessage) -> None:
        raise ValueError(message.id)

    async with open_consumer(delays=()) as consumer:
        consumer.callback = fail
        identifier = await other_service.send({"name": "bad"}, headers={"x-request-id": "r"})
        dead = await other_service.wait_for_message(f"{other_service.queue}.dead")

    assert (dead.message_id, dead.user_id) == (identifier, None)
    assert dead.headers == {"x-tries": 1, "x-error": f"ValueError: {identifier}"}
    assert identifier.encode() in dead.body


async def test_the_broker_confirms_the_own_user_only(rabbitmq: PrivateRabbitMQ) -> None:
    async with await aio_pika.connect(rabbitmq.url) as connection:
        own = OwnUser(rabbitmq.url)
        assert await own.confirm(connection) == own.name
        assert await OwnUser("amqp://another@localhost").confirm(connection) is None
