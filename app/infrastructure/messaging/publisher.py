"""Publishing a batch, and telling what became of each message in it."""

import asyncio
from dataclasses import dataclass, field
from time import monotonic
from uuid import UUID

from aio_pika import DeliveryMode, Message
from aio_pika.abc import AbstractChannel, AbstractConnection
from aio_pika.exceptions import ChannelClosed, DeliveryError
from aiormq.exceptions import ConnectionFrameError, ConnectionSyntaxError

from app.infrastructure.messaging.broker import OUTAGE, Broker
from app.infrastructure.messaging.leaked_cancellation import leaked_cancellation_named
from app.infrastructure.messaging.message import OutgoingMessage
from app.infrastructure.messaging.queues import QUEUE_ARGUMENTS

# How the broker says that something in what it was sent is wrong, and not what.
REJECTION = (ChannelClosed, ConnectionFrameError, ConnectionSyntaxError)


@dataclass(kw_only=True)
class Outcome:
    """`refused` says why the destination or the message is at fault; `unknown` may be out."""

    published: list[UUID] = field(default_factory=list)
    refused: dict[UUID, str] = field(default_factory=dict)
    unknown: list[UUID] = field(default_factory=list)
    untried: list[UUID] = field(default_factory=list)
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
        self._declaring: AbstractChannel | None = None
        self._declared: set[str] = set()

    @property
    def is_connected(self) -> bool:
        return self._broker.connection is not None

    async def publish(self, messages: list[OutgoingMessage]) -> Outcome:
        connection = self._broker.connection
        if connection is None:
            return Outcome(untried=[message.id for message in messages])
        try:
            with leaked_cancellation_named():
                channel = await self._channel_on(connection)
                refusals = await self._declare(connection, {each.queue for each in messages})
        except OUTAGE as error:
            self._broker.give_up(connection, error)
            return Outcome(unknown=[message.id for message in messages])
        outcome = Outcome(refusing_queues=set(refusals))
        sendable = []
        for message in messages:
            if message.queue in self._declared:
                sendable.append(message)
            elif message.queue in refusals:
                outcome.refused[message.id] = refusals[message.queue]
            else:
                outcome.untried.append(message.id)
        if sendable and (failure := await self._send(channel, sendable, outcome)):
            self._broker.give_up(connection, failure)
        return outcome

    async def _channel_on(self, connection: AbstractConnection) -> AbstractChannel:
        if connection is not self._connection or self._channel is None or self._channel.is_closed:
            self._connection, self._declaring, self._declared = connection, None, set()
            async with asyncio.timeout(self._broker.timing.declare):
                self._channel = await connection.channel(
                    publisher_confirms=True, on_return_raises=True
                )
        return self._channel

    async def _declare(self, connection: AbstractConnection, queues: set[str]) -> dict[str, str]:
        """Declare what is not yet, as much as there is time for; returns the refusals."""
        refusals = {}
        last_start = monotonic() + self._broker.timing.declare
        for queue in queues - self._declared:
            try:
                async with asyncio.timeout(self._broker.timing.declare):
                    await self._declare_one(connection, queue)
            except (ChannelClosed, ValueError) as error:
                refusals[queue] = _reason(error)
            else:
                self._declared.add(queue)
            if monotonic() > last_start:
                break
        return refusals

    async def _declare_one(self, connection: AbstractConnection, queue: str) -> None:
        """Use a channel apart: a refusal closes it."""
        if self._declaring is None or self._declaring.is_closed:
            self._declaring = await connection.channel()
        await self._declaring.declare_queue(queue, durable=True, arguments=QUEUE_ARGUMENTS)

    async def _send(
        self, channel: AbstractChannel, messages: list[OutgoingMessage], outcome: Outcome
    ) -> BaseException | None:
        """Return why something is unknown, if anything is."""
        started = monotonic()
        sending = {asyncio.create_task(_publish(channel, message)): message for message in messages}
        try:
            done, pending = await asyncio.wait(sending, timeout=self._broker.timing.publish)
        finally:
            for task in sending:
                task.cancel()
        failure: BaseException | None = TimeoutError() if pending else None
        outcome.unknown += [sending[task].id for task in pending]
        for task in done:
            if (error := task.exception()) is None:
                outcome.published.append(sending[task].id)
            elif isinstance(error, OUTAGE) and not _is_to_blame(error, messages):
                outcome.unknown.append(sending[task].id)
                failure = error
            else:
                # Unroutable: somebody removed the queue; or full; or nothing that can be sent.
                self._declared.discard(sending[task].queue)
                outcome.refused[sending[task].id] = _reason(error)
        if outcome.published:
            self._broker.note_confirmation(seconds=monotonic() - started)
        return failure


def _is_to_blame(error: BaseException, messages: list[OutgoingMessage]) -> bool:
    """Return whether the message is at fault; of several, nobody knows which one."""
    return isinstance(error, DeliveryError) or (isinstance(error, REJECTION) and len(messages) == 1)


async def _publish(channel: AbstractChannel, message: OutgoingMessage) -> None:
    published = Message(
        message.body,
        message_id=str(message.id),
        priority=message.priority,
        content_type="application/json",
        timestamp=message.created_at,
        app_id=message.from_service,
        headers=dict(message.headers),
        delivery_mode=DeliveryMode.PERSISTENT,
    )
    with leaked_cancellation_named():
        await channel.default_exchange.publish(published, routing_key=message.queue, mandatory=True)


def _reason(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:500]
