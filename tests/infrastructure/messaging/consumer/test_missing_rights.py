"""Receiving as a RabbitMQ user without a right: messages are kept, and the right is named."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from pydantic import SecretStr

from app.config.settings import Settings
from app.infrastructure.messaging.consumer.incoming_message import IncomingMessage
from app.infrastructure.messaging.consumer.message_broker import ConsumerTiming
from app.infrastructure.resources import open_resources
from tests.infrastructure.messaging.conftest import LinesWith
from tests.support.consumer_harness import ConsumerHarness
from tests.support.limited_user import NONE, WITHOUT_WRITE, LimitedUser
from tests.support.other_service import OtherService
from tests.support.waiting import eventually


@asynccontextmanager
async def receiving(settings: Settings, user: LimitedUser) -> AsyncIterator[ConsumerHarness]:
    own = settings.model_copy(update={"rabbitmq_url": SecretStr(user.url)})
    async with open_resources(own) as resources:
        receiver = ConsumerHarness(
            resources, user.url, ConsumerTiming(repeat_delay=0.05, delays=(0.05,))
        )
        async with receiver.consuming(4):
            yield receiver


async def test_without_configure_an_existing_queue_is_consumed(
    limited: LimitedUser, consumer_settings: Settings, other_service: OtherService
) -> None:
    limited.allow(configure=NONE)
    await other_service.declare()

    async with receiving(consumer_settings, limited) as receiver:
        await other_service.send({"name": "one"})
        await eventually(lambda: receiver.names == ["one"])


async def test_without_configure_a_missing_queue_of_the_service_is_named_once(
    limited: LimitedUser,
    consumer_settings: Settings,
    other_service: OtherService,
    lines: LinesWith,
) -> None:
    limited.allow(configure=NONE)
    reason = f"no right to configure {other_service.queue}; "

    async with receiving(consumer_settings, limited) as receiver:
        await eventually(lambda: bool(lines(reason)))
        await other_service.declare()
        await other_service.send({"name": "one"})
        await eventually(lambda: receiver.names == ["one"])

    assert len(lines(reason)) == 1


async def test_without_read_the_right_is_named_once(
    limited: LimitedUser,
    consumer_settings: Settings,
    other_service: OtherService,
    lines: LinesWith,
) -> None:
    limited.allow(read=NONE)
    await other_service.declare()
    reason = f"no right to read {other_service.queue}"

    async with receiving(consumer_settings, limited) as receiver:
        await other_service.send({"name": "one"})
        await eventually(lambda: bool(lines(reason)))
        limited.allow()
        await eventually(lambda: receiver.names == ["one"], seconds=30)

    assert len(lines(reason)) == 1


@pytest.mark.parametrize(
    ("rights", "reason"),
    [
        ({"configure": NONE}, "no right to configure {queue}.retry.50ms"),
        ({"write": NONE}, WITHOUT_WRITE),
    ],
    ids=["configure", "write"],
)
async def test_a_failed_message_that_cannot_be_moved_is_kept_and_others_are_handled(
    rights: dict[str, str],
    reason: str,
    limited: LimitedUser,
    consumer_settings: Settings,
    other_service: OtherService,
    lines: LinesWith,
) -> None:
    limited.allow(**rights)
    await other_service.declare()
    reason = reason.format(queue=other_service.queue)
    attempts = asyncio.Event()

    async with receiving(consumer_settings, limited) as receiver:

        async def fail_on_bad(message: IncomingMessage) -> None:
            if message.payload["name"] == "bad" and not attempts.is_set():
                raise ValueError("bad")
            await receiver.record(message)

        receiver.callback = fail_on_bad
        await other_service.send({"name": "bad"})
        await eventually(
            lambda: bool(lines(f"cannot be moved to {other_service.queue}.retry.50ms"))
        )
        await other_service.send({"name": "good"})
        await eventually(lambda: receiver.names == ["good"])
        attempts.set()
        await eventually(lambda: receiver.names == ["good", "bad"])

    assert len(lines(f"cannot be moved to {other_service.queue}.retry.50ms: ")) == 1
    assert lines(reason)
