"""Sending as a RabbitMQ user without a right: messages flow where they can; the right is named."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import pytest

from app.infrastructure.messaging.broker.queues import QUEUE_ARGUMENTS
from devtools.rabbitmq import PrivateRabbitMQ
from tests.infrastructure.messaging.conftest import LinesWith
from tests.support.limited_user import NONE, WITHOUT_WRITE, LimitedUser
from tests.support.outbox_sender import QUICK_RETRIES, Sender, open_outbox_sender, send
from tests.support.queue_reader import channel_to, receive
from tests.support.waiting import eventually


async def create_queue(url: str, queue: str) -> None:
    async with channel_to(url) as channel:
        await channel.declare_queue(queue, durable=True, arguments=QUEUE_ARGUMENTS)


OpenLimitedSender: TypeAlias = Callable[[], AbstractAsyncContextManager[Sender]]


@pytest.fixture
def open_limited_sender(
    database_url: str, limited: LimitedUser, tmp_path: Path
) -> OpenLimitedSender:
    policy = replace(QUICK_RETRIES, attempts=1000)
    return lambda: open_outbox_sender(database_url, limited.url, tmp_path, retry_policy=policy)


async def test_without_configure_messages_reach_an_existing_queue(
    rabbitmq: PrivateRabbitMQ,
    limited: LimitedUser,
    open_limited_sender: OpenLimitedSender,
    address: str,
    queue: str,
) -> None:
    limited.allow(configure=NONE)
    await create_queue(rabbitmq.url, queue)

    async with open_limited_sender() as opened:
        await send(address, 1)
        await receive(rabbitmq.url, queue, count=1)
        await eventually(opened.all_published)


async def test_without_configure_a_missing_queue_is_named_and_others_are_served(
    rabbitmq: PrivateRabbitMQ,
    limited: LimitedUser,
    open_limited_sender: OpenLimitedSender,
    address: str,
    queue: str,
    lines: LinesWith,
) -> None:
    limited.allow(configure=NONE)
    await create_queue(rabbitmq.url, f"{queue}_other")
    reason = f"the RabbitMQ user has no right to configure {queue}; {queue} does not exist"

    async with open_limited_sender() as opened:
        await send(address, 1)
        await send(f"{address}/other", 2)
        await receive(rabbitmq.url, f"{queue}_other", count=1)
        await eventually(lambda: bool(lines(reason)))
        assert not await opened.all_published()

        await create_queue(rabbitmq.url, queue)
        await receive(rabbitmq.url, queue, count=1)
        await eventually(opened.all_published)

    assert len(lines(reason)) == 1


async def test_without_write_messages_wait_and_the_right_is_named_once(
    rabbitmq: PrivateRabbitMQ,
    limited: LimitedUser,
    open_limited_sender: OpenLimitedSender,
    address: str,
    queue: str,
    lines: LinesWith,
) -> None:
    limited.allow(write=NONE)

    async with open_limited_sender() as opened:
        for number in range(5):
            await send(address, number)
        await eventually(lambda: WITHOUT_WRITE in str(opened.broker.health.detail))
        assert status_of(opened) == "unavailable"
        connection = opened.broker.connection
        await eventually(lambda: opened.broker.connection not in {None, connection})

        limited.allow()
        await receive(rabbitmq.url, queue, count=5)
        await eventually(opened.all_published)
        assert status_of(opened) == "healthy"

    assert len(lines(WITHOUT_WRITE)) == 1


def status_of(sender: Sender) -> str:
    return sender.broker.health.status
