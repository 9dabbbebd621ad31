"""Publish a batch of messages and report the outcome of each."""

import asyncio
from dataclasses import dataclass, field
from time import monotonic
from uuid import UUID

from aio_pika import DeliveryMode, Message
from aio_pika.abc import AbstractChannel, AbstractConnection
from aio_pika.exceptions import ChannelClosed, DeliveryError
from aiormq.exceptions import ChannelAccessRefused, ConnectionFrameError, ConnectionSyntaxError

from app.config.setting_types import QueueType
from app.infrastructure.messaging.broker.broker_connection import OUTAGE, BrokerConnection
from app.infrastructure.messaging.broker.leaked_cancellation import translate_leaked_cancellation
from app.infrastructure.messaging.broker.missing_rights import (
    WRITE,
    MissingRightError,
    name_missing_right,
    require_queue,
)
from app.infrastructure.messaging.broker.queues import WORK_ARGUMENTS
from app.infrastructure.messaging.outbox.outgoing_message import OutgoingMessage
from app.infrastructure.messaging.relay.traced_headers import traced_headers
from app.infrastructure.tracing.null_tracing import NO_TRACING
from app.ports.tracing import Tracing

# For an invalid message the broker closes the channel or connection, without naming the message.
REJECTION = (ChannelClosed, ConnectionFrameError, ConnectionSyntaxError)


@dataclass(kw_only=True)
class Outcome:
    """Outcome of one batch.

    - `published`: confirmed by the broker.
    - `refused`: by the broker, with the reason.
    - `unknown`: sent, but neither confirmed nor refused.
    - `untried`: not sent.
    - `refused_queues`: queues that could not be declared.
    """

    published: list[UUID] = field(default_factory=list)
    refused: dict[UUID, str] = field(default_factory=dict)
    unknown: list[UUID] = field(default_factory=list)
    untried: list[UUID] = field(default_factory=list)
    refused_queues: dict[str, str] = field(default_factory=dict)


class Publisher:
    """Publishes with publisher confirms, within the time limits of the broker connection.

    After an unknown outcome the connection is replaced: on one channel, a second message with
    the same ID could receive the confirm of the first.
    """

    def __init__(
        self,
        broker: BrokerConnection,
        *,
        queue_type: QueueType = "classic",
        tracing: Tracing = NO_TRACING,
    ) -> None:
        self._broker = broker
        self._arguments = WORK_ARGUMENTS[queue_type]
        self._tracing = tracing
        self._connection: AbstractConnection | None = None
        self._channel: AbstractChannel | None = None
        self._declare_channel: AbstractChannel | None = None
        self._declared: set[str] = set()
        self._user: str | None = None

    @property
    def is_connected(self) -> bool:
        return self._broker.connection is not None

    async def publish(self, messages: list[OutgoingMessage]) -> Outcome:
        """Declare the queues of the messages, then publish all messages concurrently."""
        connection = self._broker.connection
        if connection is None:
            return Outcome(untried=[message.id for message in messages])
        try:
            with translate_leaked_cancellation():
                channel = await self._channel_on(connection)
                refusals = await self._declare(connection, {each.queue for each in messages})
        except OUTAGE as error:
            self._broker.discard(connection, error)
            return Outcome(unknown=[message.id for message in messages])
        outcome = Outcome(refused_queues=refusals)
        sendable = []
        for message in messages:
            if message.queue in self._declared:
                sendable.append(message)
            elif message.queue in refusals:
                outcome.refused[message.id] = refusals[message.queue]
            else:
                outcome.untried.append(message.id)
        if sendable and (failure := await self._send(channel, sendable, outcome)):
            self._broker.discard(connection, failure)
        return outcome

    async def _channel_on(self, connection: AbstractConnection) -> AbstractChannel:
        if connection is not self._connection or self._channel is None or self._channel.is_closed:
            self._connection, self._declare_channel, self._declared = connection, None, set()
            async with asyncio.timeout(self._broker.timing.declare):
                self._user = await self._broker.own_user.confirm(connection)
                self._channel = await connection.channel(
                    publisher_confirms=True, on_return_raises=True
                )
        return self._channel

    async def _declare(self, connection: AbstractConnection, queues: set[str]) -> dict[str, str]:
        """Declare new queues within the time limit; return the refused ones, with reasons."""
        refusals = {}
        last_start = monotonic() + self._broker.timing.declare
        for queue in queues - self._declared:
            try:
                async with asyncio.timeout(self._broker.timing.declare):
                    await self._declare_one(connection, queue)
            except (ChannelClosed, MissingRightError, ValueError) as error:
                refusals[queue] = _reason(error)
            else:
                self._declared.add(queue)
            if monotonic() > last_start:
                break
        return refusals

    async def _declare_one(self, connection: AbstractConnection, queue: str) -> None:
        """Use a separate channel, because a refusal closes it."""
        if self._declare_channel is None or self._declare_channel.is_closed:
            self._declare_channel = await connection.channel()
        try:
            await self._declare_channel.declare_queue(
                queue, durable=True, arguments=self._arguments
            )
        except ChannelAccessRefused as error:
            await require_queue(connection, queue, error)

    async def _send(
        self, channel: AbstractChannel, messages: list[OutgoingMessage], outcome: Outcome
    ) -> BaseException | None:
        """Return the error behind an unknown outcome, if there is one."""
        started = monotonic()
        sending = {
            asyncio.create_task(self._publish_one(channel, message)): message
            for message in messages
        }
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
            elif isinstance(error, OUTAGE) and not _is_message_at_fault(error, messages):
                outcome.unknown.append(sending[task].id)
                # Of several messages on one channel, only one receives the reason.
                failure = failure if isinstance(failure, MissingRightError) else error
            else:
                # The queue was removed or is full, or the message is invalid.
                self._declared.discard(sending[task].queue)
                outcome.refused[sending[task].id] = _reason(error)
        if outcome.published:
            self._broker.record_confirm(seconds=monotonic() - started)
        return failure

    async def _publish_one(self, channel: AbstractChannel, message: OutgoingMessage) -> None:
        with traced_headers(self._tracing, message) as headers:
            await _publish(channel, message, headers, self._user)


def _is_message_at_fault(error: BaseException, messages: list[OutgoingMessage]) -> bool:
    """Return whether the broker refused the message; among several it does not say which one."""
    return isinstance(error, DeliveryError) or (isinstance(error, REJECTION) and len(messages) == 1)


async def _publish(
    channel: AbstractChannel, message: OutgoingMessage, headers: dict[str, str], user: str | None
) -> None:
    published = Message(
        message.body,
        message_id=str(message.id),
        priority=message.priority,
        content_type="application/json",
        timestamp=message.created_at,
        app_id=message.from_service,
        user_id=user,
        headers={**headers},
        delivery_mode=DeliveryMode.PERSISTENT,
    )
    with translate_leaked_cancellation(), name_missing_right(WRITE):
        await channel.default_exchange.publish(published, routing_key=message.queue, mandatory=True)


def _reason(error: BaseException) -> str:
    if isinstance(error, MissingRightError):
        return error.text
    return f"{type(error).__name__}: {error}"[:500]
