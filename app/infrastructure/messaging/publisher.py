"""Publishing a batch, and telling what became of each message in it."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from time import monotonic
from uuid import UUID

from aio_pika import DeliveryMode, Message
from aio_pika.abc import AbstractChannel, AbstractConnection
from aio_pika.exceptions import ChannelClosed, DeliveryError

from app.infrastructure.messaging.broker import OUTAGE, Broker
from app.infrastructure.messaging.message import OutgoingMessage
from app.infrastructure.messaging.queues import QUEUE_ARGUMENTS


@dataclass(kw_only=True)
class Outcome:
    """`refused` says why the destination or the message is at fault; `unknown` may be out."""

    published: list[UUID] = field(default_factory=list)
    refused: dict[UUID, str] = field(default_factory=dict)
    unknown: list[UUID] = field(default_factory=list)
    refusing_queues: set[str] = field(default_factory=set)


class Publisher:
    """Publishes with confirms, and never waits longer than the broker's timing allows.

    After an unknown outcome everything is made anew: the same id may not be under way twice on
    one channel, or one of the two gets the confirmation of the other.
    """

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._connection: AbstractConnection | None = None
        self._channel: AbstractChannel | None = None
        self._declared: set[str] = set()

    @property
    def is_connected(self) -> bool:
        return self._broker.connection is not None

    async def publish(self, messages: list[OutgoingMessage]) -> Outcome:
        outcome = Outcome()
        connection = self._broker.connection
        if connection is None:
            outcome.unknown = [message.id for message in messages]
            return outcome
        try:
            channel = await self._channel_on(connection)
            await self._declare_missing(connection, messages, outcome)
        except OUTAGE as error:
            self._broker.give_up(connection, error)
            outcome.unknown = [message.id for message in messages]
            return outcome
        sendable = [each for each in messages if each.id not in outcome.refused]
        await self._send(channel, sendable, outcome)
        if outcome.unknown:
            self._broker.give_up(connection, TimeoutError())
        return outcome

    async def _channel_on(self, connection: AbstractConnection) -> AbstractChannel:
        is_usable = connection is self._connection and self._channel and not self._channel.is_closed
        if not is_usable:
            self._connection, self._declared = connection, set()
            async with asyncio.timeout(self._broker.timing.declare):
                self._channel = await connection.channel(
                    publisher_confirms=True, on_return_raises=True
                )
        assert self._channel is not None  # noqa: S101 - made just now
        return self._channel

    async def _declare_missing(
        self,
        connection: AbstractConnection,
        messages: Iterable[OutgoingMessage],
        outcome: Outcome,
    ) -> None:
        for queue in {message.queue for message in messages} - self._declared:
            refusal = await self._refusal_of(connection, queue)
            if refusal is None:
                self._declared.add(queue)
            else:
                outcome.refusing_queues.add(queue)
                refused = (message.id for message in messages if message.queue == queue)
                outcome.refused |= dict.fromkeys(refused, refusal)

    async def _refusal_of(self, connection: AbstractConnection, queue: str) -> str | None:
        """Declare on a channel to throw away: a refusal closes it."""
        try:
            async with asyncio.timeout(self._broker.timing.declare):
                channel = await connection.channel()
                await channel.declare_queue(queue, durable=True, arguments=QUEUE_ARGUMENTS)
                await channel.close()
        except (ChannelClosed, ValueError) as error:
            return _reason(error)
        return None

    async def _send(
        self, channel: AbstractChannel, messages: list[OutgoingMessage], outcome: Outcome
    ) -> None:
        if not messages:
            return
        started = monotonic()
        sending = {asyncio.create_task(_publish(channel, message)): message for message in messages}
        done, pending = await asyncio.wait(sending, timeout=self._broker.timing.publish)
        for task in pending:
            task.cancel()
            outcome.unknown.append(sending[task].id)
        for task in done:
            self._settle(sending[task], task.exception(), outcome)
        if outcome.published:
            self._broker.note_confirmation(seconds=monotonic() - started)

    def _settle(
        self, message: OutgoingMessage, error: BaseException | None, outcome: Outcome
    ) -> None:
        if error is None:
            outcome.published.append(message.id)
        elif isinstance(error, DeliveryError):
            # Unroutable: somebody removed the queue. Or full: it refuses more.
            self._declared.discard(message.queue)
            outcome.refused[message.id] = _reason(error)
        elif isinstance(error, OUTAGE):
            outcome.unknown.append(message.id)
        else:
            # Whatever else it is, it is the message's own fault, and no other's.
            outcome.refused[message.id] = _reason(error)


async def _publish(channel: AbstractChannel, message: OutgoingMessage) -> None:
    await channel.default_exchange.publish(
        Message(
            message.body,
            message_id=str(message.id),
            priority=message.priority,
            content_type="application/json",
            timestamp=message.created_at,
            app_id=message.from_service,
            headers=dict(message.headers),
            delivery_mode=DeliveryMode.PERSISTENT,
        ),
        routing_key=message.queue,
        mandatory=True,
    )


def _reason(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:500]
