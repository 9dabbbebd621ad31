"""The messages to this service that could not be handled."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Self

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage

from app.infrastructure.messaging.broker import OUTAGE, BrokerTiming, BrokerUnavailableError
from app.infrastructure.messaging.failed_messages import ERROR, TRIES, copy_of
from app.infrastructure.messaging.incoming import IncomingMessage, UnacceptableMessageError
from app.infrastructure.messaging.queues import CLASSIC, QUEUE_ARGUMENTS, ReceiverQueues

Settle = Callable[[AbstractIncomingMessage], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class DeadMessage:
    """`event` is None where the message cannot be read."""

    id: str
    from_service: str
    event: str | None
    tries: int
    error: str


class DeadQueue:
    """What is looked at and not dealt with goes back when the channel closes, in its order."""

    def __init__(self, *, channel: AbstractChannel, queues: ReceiverQueues) -> None:
        self._channel = channel
        self._queues = queues

    @classmethod
    @asynccontextmanager
    async def opened(cls, url: str, service_name: str) -> AsyncIterator[Self]:
        """Raise BrokerUnavailableError if the broker cannot be used."""
        try:
            connection = await aio_pika.connect(url, timeout=BrokerTiming().connect)
        except OUTAGE as error:
            reason = type(error).__name__
            raise BrokerUnavailableError(f"RabbitMQ cannot be used now: {reason}") from error
        async with connection:
            channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
            yield cls(channel=channel, queues=ReceiverQueues.of(service_name))

    async def list(self, *, limit: int) -> list[DeadMessage]:
        """Give the oldest first."""
        return [_described(delivery) async for delivery in self._deliveries(limit)]

    async def redrive(self, ids: Collection[str] | None) -> int:
        """Have messages tried again as if they were new: these, or all (None)."""
        await self._channel.declare_queue(
            self._queues.main, durable=True, arguments=QUEUE_ARGUMENTS
        )
        return await self._settle(ids, self._send_again)

    async def purge(self, ids: Collection[str] | None) -> int:
        """Remove messages for good: these, or all (None)."""
        return await self._settle(ids, _forget)

    async def _settle(self, ids: Collection[str] | None, settle: Settle) -> int:
        count = 0
        async for delivery in self._deliveries():
            if ids is None or delivery.message_id in ids:
                await settle(delivery)
                await delivery.ack()
                count += 1
        return count

    async def _send_again(self, delivery: AbstractIncomingMessage) -> None:
        await self._channel.default_exchange.publish(
            copy_of(delivery), routing_key=self._queues.main, mandatory=True
        )

    async def _deliveries(self, limit: int | None = None) -> AsyncIterator[AbstractIncomingMessage]:
        queue = await self._channel.declare_queue(
            self._queues.dead, durable=True, arguments=CLASSIC
        )
        count = queue.declaration_result.message_count or 0
        for _ in range(count if limit is None else min(count, limit)):
            if (delivery := await queue.get(fail=False)) is None:
                return
            yield delivery


async def _forget(_: AbstractIncomingMessage) -> None:
    """Do nothing: the acknowledgement removes it."""


def _described(delivery: AbstractIncomingMessage) -> DeadMessage:
    try:
        event = IncomingMessage.read(delivery).event
    except UnacceptableMessageError:
        event = None
    return DeadMessage(
        id=delivery.message_id or "",
        from_service=delivery.app_id or "",
        event=event,
        tries=int(str(delivery.headers.get(TRIES, 0))),
        error=str(delivery.headers.get(ERROR, "")),
    )
