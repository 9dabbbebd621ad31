"""The other side: a plain consumer that knows nothing of this service."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage

from app.infrastructure.messaging.queues import QUEUE_ARGUMENTS

SECONDS = 60


@asynccontextmanager
async def channel_to(url: str) -> AsyncIterator[AbstractChannel]:
    async with await aio_pika.connect(url) as connection:
        yield await connection.channel()


async def received(url: str, queue: str, *, count: int) -> list[AbstractIncomingMessage]:
    """Take messages from the queue until there are as many different ones."""
    messages: list[AbstractIncomingMessage] = []
    async with asyncio.timeout(SECONDS):
        while len({message.message_id for message in messages}) < count:
            messages += await take(url, queue, count)
    return messages


async def take(url: str, queue: str, most: int) -> list[AbstractIncomingMessage]:
    """Take what lies in the queue now, in the order in which the broker gives it out."""
    async with channel_to(url) as channel:
        source = await channel.declare_queue(queue, durable=True, arguments=QUEUE_ARGUMENTS)
        messages: list[AbstractIncomingMessage] = []
        while len(messages) < most and (message := await source.get(no_ack=True, fail=False)):
            messages.append(message)
        return messages


async def waiting(url: str, queue: str) -> int:
    """Count the messages that lie in the queue."""
    async with channel_to(url) as channel:
        declared = await channel.declare_queue(queue, durable=True, arguments=QUEUE_ARGUMENTS)
        return declared.declaration_result.message_count or 0


async def delete(url: str, queue: str) -> None:
    async with channel_to(url) as channel:
        await channel.queue_delete(queue)


def document(message: AbstractIncomingMessage) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(message.body)
    return read


def numbers(messages: list[AbstractIncomingMessage]) -> list[int]:
    return [document(message)["payload"]["number"] for message in messages]
