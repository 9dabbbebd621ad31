"""The sender of a message is the user that the broker has checked; other names are claims."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel

from app.api.messages.message_dispatcher import MessageContext, MessageDispatcher, MessageHandler
from app.infrastructure.messaging.consumer.incoming_message import IncomingMessage
from app.infrastructure.resources import Resources
from app.schemas.shared.common import MessagePayload
from devtools.rabbitmq import PrivateRabbitMQ
from devtools.rabbitmq_directory import USER
from tests.support.consumer_fixtures import OpenConsumer
from tests.support.limited_user import NONE, LimitedUser
from tests.support.other_service import OtherService
from tests.support.queue_reader import channel_to
from tests.support.waiting import eventually

DELAYS = (0.05,)


class Paid(MessagePayload):
    name: str


@pytest.fixture
async def channel(
    limited: LimitedUser, other_service: OtherService
) -> AsyncIterator[AbstractChannel]:
    """A channel of another user, who may only publish."""
    limited.allow(configure=NONE, read=NONE)
    await other_service.declare()
    async with await aio_pika.connect(limited.url) as connection:
        yield await connection.channel()


@pytest.fixture
async def own_channel(rabbitmq: PrivateRabbitMQ) -> AsyncIterator[AbstractChannel]:
    async with channel_to(rabbitmq.url) as channel:
        yield channel


async def publish(
    channel: AbstractChannel,
    queue: str,
    name: str,
    user: str | None = None,
    *,
    headers: dict[str, Any] | None = None,
) -> None:
    body = {
        "id": str(uuid4()),
        "from_service": "billing",
        "payload": {"name": name, "event": "order.paid"},
    }
    message = aio_pika.Message(json.dumps(body).encode(), user_id=user, headers=headers)
    await channel.default_exchange.publish(message, routing_key=queue)


async def test_the_validated_user_is_the_sender(
    open_consumer: OpenConsumer,
    other_service: OtherService,
    channel: AbstractChannel,
    limited: LimitedUser,
) -> None:
    async with open_consumer() as consumer:
        await publish(channel, other_service.queue, "paid", limited.name)
        await eventually(lambda: consumer.names == ["paid"])

    (message,) = consumer.seen
    assert (message.sender, message.is_authenticated) == (limited.name, True)
    assert message.from_service == "billing"


@pytest.mark.parametrize("forged", ["administrator", USER])
async def test_a_sender_named_in_a_header_is_not_believed(
    open_consumer: OpenConsumer, other_service: OtherService, channel: AbstractChannel, forged: str
) -> None:
    async with open_consumer() as consumer:
        headers = {"x-sender": forged, "x-tries": 1}
        await publish(channel, other_service.queue, "paid", headers=headers)
        await eventually(lambda: consumer.names == ["paid"])

    (message,) = consumer.seen
    assert (message.sender, message.is_authenticated) == ("billing", False)


async def test_a_process_with_the_same_user_is_named_by_its_service(
    open_consumer: OpenConsumer, other_service: OtherService, own_channel: AbstractChannel
) -> None:
    await other_service.declare()
    async with open_consumer() as consumer:
        await publish(own_channel, other_service.queue, "paid", USER)
        await eventually(lambda: consumer.names == ["paid"])

    (message,) = consumer.seen
    assert (message.sender, message.is_authenticated) == ("billing", True)


@pytest.mark.parametrize("is_authenticated", [True, False])
async def test_a_retry_keeps_the_sender(
    open_consumer: OpenConsumer,
    other_service: OtherService,
    channel: AbstractChannel,
    limited: LimitedUser,
    *,
    is_authenticated: bool,
) -> None:
    attempts: list[IncomingMessage] = []

    async def fail_once(message: IncomingMessage) -> None:
        attempts.append(message)
        if len(attempts) == 1:
            raise ValueError("not now")

    async with open_consumer(delays=DELAYS) as consumer:
        consumer.callback = fail_once
        user = limited.name if is_authenticated else None
        headers = {"x-sender": "administrator"}
        await publish(channel, other_service.queue, "paid", user, headers=headers)
        await eventually(lambda: len(attempts) == 2)

    expected = (user or "billing", is_authenticated)
    assert [(each.sender, each.is_authenticated) for each in attempts] == [expected] * 2


@pytest.mark.parametrize(
    ("allowed", "is_handled"),
    [
        ({}, True),
        ({"the-user": ["order.paid"]}, True),
        ({"the-user": ["order.created"]}, False),
        ({"app:billing": ["order.paid"]}, False),
        ({"billing": ["order.paid"]}, False),
    ],
)
async def test_a_sender_sends_only_the_events_allowed_to_it(
    open_consumer: OpenConsumer,
    other_service: OtherService,
    channel: AbstractChannel,
    limited: LimitedUser,
    resources: Resources,
    allowed: dict[str, list[str]],
    *,
    is_handled: bool,
) -> None:
    senders = {name.replace("the-user", limited.name): each for name, each in allowed.items()}
    handled = await dispatch(
        open_consumer, other_service, channel, resources, senders=senders, user=limited.name
    )

    assert handled == (["paid"] if is_handled else [])


@pytest.mark.parametrize(
    ("allowed", "is_handled"),
    [
        ({"app:billing": ["order.paid"]}, True),
        ({"billing": ["order.paid"]}, False),
        ({"app:billing": []}, False),
    ],
)
async def test_a_sender_that_is_not_authenticated_needs_a_row_that_says_so(
    open_consumer: OpenConsumer,
    other_service: OtherService,
    channel: AbstractChannel,
    resources: Resources,
    allowed: dict[str, list[str]],
    *,
    is_handled: bool,
) -> None:
    handled = await dispatch(
        open_consumer, other_service, channel, resources, senders=allowed, user=None
    )

    assert handled == (["paid"] if is_handled else [])


async def dispatch(
    open_consumer: OpenConsumer,
    other_service: OtherService,
    channel: AbstractChannel,
    resources: Resources,
    *,
    senders: dict[str, list[str]],
    user: str | None,
) -> list[str]:
    """Send a message and return the handled names; a refused message must be parked at once."""
    settings = resources.settings.model_copy(update={"message_senders": senders})
    handled: list[str] = []

    async def handle(payload: Paid, context: MessageContext) -> None:
        handled.append(payload.name)
        assert context.audit is not None

    async with open_consumer(delays=DELAYS) as consumer:
        consumer.callback = MessageDispatcher(
            replace(resources, settings=settings),
            handlers=[MessageHandler(event="order.paid", payload=Paid, handle=handle)],
        )
        await publish(channel, other_service.queue, "paid", user)
        dead = asyncio.create_task(other_service.wait_for_message(f"{other_service.queue}.dead"))
        await eventually(lambda: bool(handled) or dead.done())
        if dead.done():
            assert "MESSAGE_SENDERS" in str(dead.result().headers["x-error"])
            assert dead.result().headers["x-tries"] == 1
        dead.cancel()
        await asyncio.gather(dead, return_exceptions=True)
    return handled
