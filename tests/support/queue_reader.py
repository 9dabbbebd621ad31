"""Read messages from a queue with plain aio-pika."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage

from app.infrastructure.messaging.broker.queues import QUEUE_ARGUMENTS

SECONDS = 60


@asynccontextmanager
async def channel_to(url: str) -> AsyncIterator[AbstractChannel]:
    async with await aio_pika.connect(url) as connection:
        yield await connection.channel()


async def receive(url: str, queue: str, *, count: int) -> list[AbstractIncomingMessage]:
    """Receive messages from the queue until `count` distinct ones have arrived."""
    messages: list[AbstractIncomingMessage] = []
    async with asyncio.timeout(SECONDS):
        while len({message.message_id for message in messages}) < count:
            messages += await receive_available(url, queue, count)
    return messages


async def receive_available(url: str, queue: str, most: int) -> list[AbstractIncomingMessage]:
    """Receive the messages that are in the queue now, at most `most`."""
    async with channel_to(url) as channel:
        source = await channel.declare_queue(queue, durable=True, arguments=QUEUE_ARGUMENTS)
        messages: list[AbstractIncomingMessage] = []
        while len(messages) < most and (message := await source.get(no_ack=True, fail=False)):
            messages.append(message)
        return messages


async def count_ready(url: str, queue: str) -> int:
    """Count the messages in the queue."""
    async with channel_to(url) as channel:
        declared = await channel.declare_queue(queue, durable=True, arguments=QUEUE_ARGUMENTS)
        return declared.declaration_result.message_count or 0


async def delete_queue(url: str, queue: str) -> None:
    async with channel_to(url) as channel:
        await channel.queue_delete(queue)


def read_body(message: AbstractIncomingMessage) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(message.body)
    return read


def read_numbers(messages: list[AbstractIncomingMessage]) -> list[int]:
    return [read_body(message)["payload"]["number"] for message in messages]
