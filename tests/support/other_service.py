"""Another service that sends and receives with plain aio-pika, without code of this service."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Self
from uuid import uuid4

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage, AbstractQueue

SECONDS = 30
ARGUMENTS: Any = {"x-queue-type": "classic", "x-max-priority": 10}
QUORUM: Any = {"x-queue-type": "quorum"}


class OtherService:
    def __init__(self, channel: AbstractChannel, service_name: str, arguments: Any) -> None:
        self._channel = channel
        self._arguments = arguments
        self.service_name = service_name
        self.queue = f"queue_{service_name}"

    @classmethod
    @asynccontextmanager
    async def connected(
        cls, url: str, service_name: str, arguments: Any = ARGUMENTS
    ) -> AsyncIterator[Self]:
        connection = await aio_pika.connect(url)
        async with connection:
            yield cls(await connection.channel(), service_name, arguments)

    async def declare(self) -> AbstractQueue:
        return await self._channel.declare_queue(
            self.queue, durable=True, arguments=self._arguments
        )

    async def declare_without_priorities(self) -> None:
        """Declare the queue without priorities, unlike the service itself."""
        self._arguments = _CLASSIC
        await self.declare()

    async def send(
        self,
        payload: dict[str, Any],
        *,
        message_id: str | None = None,
        priority: int = 5,
        headers: dict[str, Any] | None = None,
    ) -> str:
        """Send a message and return its ID. A duplicate has the same ID."""
        identifier = message_id or str(uuid4())
        body = {
            "from_service": "inventory-service",
            "to_service": "http://receiver",
            "method": "POST",
            "payload": payload,
            "urgency": "medium",
            "timestamp": datetime.now(UTC).isoformat(),
            "id": identifier,
        }
        await self.send_raw(json.dumps(body).encode(), identifier, priority, headers)
        return identifier

    async def send_raw(
        self,
        body: bytes,
        message_id: str | None = None,
        priority: int = 5,
        headers: dict[str, Any] | None = None,
    ) -> None:
        await self.declare()
        message = aio_pika.Message(
            body,
            message_id=message_id or str(uuid4()),
            priority=priority,
            content_type="application/json",
            headers=headers or {},
            delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        )
        await self._channel.default_exchange.publish(message, routing_key=self.queue)

    async def send_to_dead_queue(self, body: bytes, *, error: str) -> str:
        """Put a message into the dead queue and return its ID."""
        queue = f"{self.queue}.dead"
        await self._channel.declare_queue(queue, durable=True, arguments=_CLASSIC)
        message = aio_pika.Message(
            body, message_id=str(uuid4()), headers={"x-tries": 6, "x-error": error}
        )
        await self._channel.default_exchange.publish(message, routing_key=queue)
        return message.message_id or ""

    async def get_message(self, queue: str) -> AbstractIncomingMessage | None:
        """Remove and return the next message of the queue, or None if there is none."""
        names = await self._channel.declare_queue(queue, durable=True, arguments=_CLASSIC)
        return await names.get(fail=False, no_ack=True)

    async def wait_for_message(self, queue: str) -> AbstractIncomingMessage:
        async with asyncio.timeout(SECONDS):
            while True:
                if (message := await self.get_message(queue)) is not None:
                    return message
                await asyncio.sleep(0.02)

    async def count_ready(self) -> int:
        """Count the messages in the service's queue that no consumer has received."""
        declared = await self.declare()
        return declared.declaration_result.message_count or 0


_CLASSIC: Any = {"x-queue-type": "classic"}
