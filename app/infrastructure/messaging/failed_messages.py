"""Where messages go that could not be handled: to wait for another try, or to the dead queue."""

import asyncio
from typing import TYPE_CHECKING

from aio_pika import DeliveryMode, Message
from aio_pika.abc import AbstractConnection, AbstractIncomingMessage

from app.infrastructure.messaging.broker import OUTAGE, Broker, BrokerUnavailableError
from app.infrastructure.messaging.leaked_cancellation import leaked_cancellation_named
from app.infrastructure.messaging.queues import CLASSIC, ReceiverQueues

if TYPE_CHECKING:
    from pamqp.common import FieldTable

TRIES = "x-tries"
ERROR = "x-error"
ERROR_CHARACTERS = 500
# Ours, and the broker's own on where a message has been, from which it draws conclusions.
_NOTES = (TRIES, ERROR, "x-death", "x-first-death", "x-last-death")


class FailedMessages:
    """Publishes over the sender's connection: one that publishes may be blocked by the broker."""

    def __init__(self, *, broker: Broker, queues: ReceiverQueues) -> None:
        self._broker = broker
        self._queues = queues

    async def postpone(self, delivery: AbstractIncomingMessage, error: BaseException) -> str:
        """Return the queue where it waits now; raises BrokerUnavailableError if it may not."""
        tries = _tries(delivery) + 1
        queue, arguments = self._queues.next_for(tries)
        await self._publish(delivery, queue, arguments, tries, error)
        return queue

    async def bury(self, delivery: AbstractIncomingMessage, error: BaseException) -> str:
        """Do the same with one that is not worth another try."""
        await self._publish(delivery, self._queues.dead, CLASSIC, _tries(delivery) + 1, error)
        return self._queues.dead

    async def _publish(
        self,
        delivery: AbstractIncomingMessage,
        queue: str,
        arguments: "FieldTable",
        tries: int,
        error: BaseException,
    ) -> None:
        noted: dict[str, int | str] = {TRIES: tries, ERROR: reason_of(error)}
        message = copy_of(delivery, **noted)
        try:
            with leaked_cancellation_named():
                async with asyncio.timeout(self._broker.timing.publish):
                    connection = await self._broker.connected()
                    await _put(connection, queue, arguments, message)
        except OUTAGE as outage:
            raise BrokerUnavailableError(type(outage).__name__) from outage


async def _put(
    connection: AbstractConnection, queue: str, arguments: "FieldTable", message: Message
) -> None:
    # A channel of its own: two copies of one message may be under way.
    channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
    try:
        await channel.declare_queue(queue, durable=True, arguments=arguments)
        await channel.default_exchange.publish(message, routing_key=queue, mandatory=True)
    finally:
        await channel.close()


def _tries(delivery: AbstractIncomingMessage) -> int:
    tries = delivery.headers.get(TRIES)
    return tries if isinstance(tries, int) and tries >= 0 else 0


def reason_of(error: BaseException) -> str:
    """Say what went wrong in words that a header can carry."""
    text = f"{type(error).__name__}: {error}"[:ERROR_CHARACTERS]
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def copy_of(delivery: AbstractIncomingMessage, **headers: int | str) -> Message:
    """Make the same message anew, without what was noted on it, and with these headers."""
    kept = {name: value for name, value in delivery.headers.items() if not name.startswith(_NOTES)}
    return Message(
        delivery.body,
        message_id=delivery.message_id,
        priority=delivery.priority,
        content_type=delivery.content_type,
        timestamp=delivery.timestamp,
        app_id=delivery.app_id,
        headers={**kept, **headers},
        delivery_mode=DeliveryMode.PERSISTENT,
    )
