"""Move failed messages to a delay queue for a retry, or to the dead-letter queue."""

import asyncio
import logging
import struct
from typing import TYPE_CHECKING

from aio_pika import Message
from aio_pika.abc import AbstractConnection, AbstractIncomingMessage
from aio_pika.exceptions import ChannelClosed, ChannelPreconditionFailed, DeliveryError

from app.infrastructure.messaging.broker.broker_connection import (
    OUTAGE,
    BrokerConnection,
    BrokerUnavailableError,
)
from app.infrastructure.messaging.broker.leaked_cancellation import translate_leaked_cancellation
from app.infrastructure.messaging.broker.missing_rights import (
    WRITE,
    MissingRightError,
    declare_or_find,
    name_missing_right,
)
from app.infrastructure.messaging.broker.queues import ReceiverQueues
from app.infrastructure.messaging.consumer.message_copy import (
    ERROR,
    TRIES,
    copy_body,
    copy_message,
    count_tries,
    describe_error,
)

if TYPE_CHECKING:
    from pamqp.common import FieldTable

logger = logging.getLogger(__name__)

# The queue is missing and may not be declared, is full, or has other arguments.
_REFUSED = (MissingRightError, DeliveryError, ChannelClosed)
_UNSENDABLE = (TypeError, ValueError, ArithmeticError, struct.error, ChannelPreconditionFailed)

Headers = dict[str, int | str]


class QueueRefusedError(Exception):
    """The broker is available, but does not store a message in that queue."""


class FailedMessages:
    """Publishes copies of failed messages to other queues, with headers for tries and error.

    It uses the relay's connection: the broker may block a connection that publishes, and the
    consumer must keep receiving.
    """

    def __init__(self, *, broker: BrokerConnection, queues: ReceiverQueues) -> None:
        self._broker = broker
        self._queues = queues
        self._refused: set[str] = set()

    @property
    def own_user(self) -> str:
        return self._broker.own_user.name

    @property
    def dead_queue(self) -> str:
        return self._queues.dead

    async def schedule_retry(self, delivery: AbstractIncomingMessage, error: BaseException) -> str:
        """Move the message to a delay queue and return its name.

        After the last retry this is the dead-letter queue. Raises BrokerUnavailableError or
        QueueRefusedError.
        """
        tries = count_tries(delivery) + 1
        queue, arguments = self._queues.queue_after(tries)
        await self._move(delivery, queue, arguments, {TRIES: tries, ERROR: describe_error(error)})
        return queue

    async def dead_letter(self, delivery: AbstractIncomingMessage, error: BaseException) -> str:
        """Move a message that cannot be retried; raises as `schedule_retry` does."""
        headers: Headers = {TRIES: count_tries(delivery) + 1, ERROR: describe_error(error)}
        await self._move(delivery, self._queues.dead, self._queues.dead_arguments, headers)
        return self._queues.dead

    async def set_aside(self, delivery: AbstractIncomingMessage) -> None:
        """Move the message to the end of its queue; raises as `schedule_retry` does.

        A message that is only requeued returns to the front, and a few would block all others.
        The second time it loses its priority, which has the same effect.
        """
        headers: Headers = {TRIES: count_tries(delivery)}
        is_last = TRIES in delivery.headers
        await self._move(delivery, self._queues.main, None, headers, is_last=is_last)

    async def _move(
        self,
        delivery: AbstractIncomingMessage,
        queue: str,
        arguments: "FieldTable | None",
        headers: Headers,
        *,
        is_last: bool = False,
    ) -> None:
        try:
            with translate_leaked_cancellation():
                async with asyncio.timeout(self._broker.timing.publish):
                    connection = await self._broker.connected()
                    if arguments is not None:
                        await declare_or_find(connection, queue, arguments)
                    await self._publish(connection, delivery, queue, headers, is_last=is_last)
        except _REFUSED as error:
            self._log_refusal(queue, error)
            raise QueueRefusedError(queue) from error
        except OUTAGE as error:
            raise BrokerUnavailableError(type(error).__name__) from error
        self._refused.discard(queue)

    async def _publish(
        self,
        connection: AbstractConnection,
        delivery: AbstractIncomingMessage,
        queue: str,
        headers: Headers,
        *,
        is_last: bool,
    ) -> None:
        """Publish a copy; if that cannot be sent, a copy of body and ID only."""
        user = await self._broker.own_user.confirm(connection)
        try:
            copy = copy_message(delivery, own_user=user, **headers)
            copy.priority = 0 if is_last else copy.priority
            await _publish_once(connection, queue, copy)
        except _UNSENDABLE:
            await _publish_once(connection, queue, copy_body(delivery, **headers))

    def _log_refusal(self, queue: str, error: BaseException) -> None:
        """Log the first of a series; the message stays in the main queue."""
        if queue not in self._refused:
            reason = error.text if isinstance(error, MissingRightError) else describe_error(error)
            logger.error("Failed messages cannot be moved to %s: %s", queue, reason)
        self._refused.add(queue)


async def _publish_once(connection: AbstractConnection, queue: str, message: Message) -> None:
    # On a shared channel, a copy with the same ID could receive the confirm of another.
    channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
    try:
        with name_missing_right(WRITE):
            await channel.default_exchange.publish(message, routing_key=queue, mandatory=True)
    finally:
        await channel.close()
