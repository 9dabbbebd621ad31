"""Receiving: `await message_broker.consume_messages("order-service", callback)`."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from app.infrastructure.database.postgres_database import PostgresDatabase
from app.infrastructure.maintenance import repeating
from app.infrastructure.messaging.broker import Broker
from app.infrastructure.messaging.consumer import Callback, Consumer
from app.infrastructure.messaging.failed_messages import FailedMessages
from app.infrastructure.messaging.inbox import Inbox
from app.infrastructure.messaging.outbox import Outbox
from app.infrastructure.messaging.queues import DELAYS, ReceiverQueues
from app.infrastructure.messaging.subscription import Subscription

PREFETCH = 4
"""Messages handled at a time. A critical one waits for at most so many less urgent ones."""


@dataclass(frozen=True, kw_only=True)
class ConsumerTiming:
    """In seconds."""

    look: float = 5.0
    pause: float = 1.0
    finish: float = 20.0
    delays: tuple[float, ...] = DELAYS


class MessageBroker:
    """Receives over a connection of its own: the broker may stop one that publishes."""

    def __init__(
        self,
        *,
        sending: Broker,
        new_connection: Callable[[], Broker],
        database: PostgresDatabase,
        outbox: Outbox,
        timing: ConsumerTiming,
    ) -> None:
        self._sending = sending
        self._new_connection = new_connection
        self._database = database
        self._outbox = outbox
        self._timing = timing

    async def consume_messages(
        self, service_name: str, callback: Callback, *, prefetch: int = PREFETCH
    ) -> None:
        """Handle what comes for a service, until cancelled; what has begun is finished then.

        The callback runs in one transaction with the inbox: a message is handled once, however
        often it is delivered. One that raises is tried again after growing delays and then
        parked, with the error, in `queue_{service_name}.dead`; UnacceptableMessageError parks it
        at once, UnavailableError waits for as long as it takes.
        """
        queues = ReceiverQueues.of(service_name, self._timing.delays)
        inbox = Inbox(database=self._database)
        consumer = self._consumer(queues, inbox, callback)
        receiving = self._new_connection()
        subscription = Subscription(
            broker=receiving,
            queue=queues.main,
            take=consumer.take,
            prefetch=prefetch,
            look_seconds=self._timing.look,
        )
        connecting = asyncio.create_task(receiving.keep_connected())
        try:
            async with repeating(inbox.remove_old):
                await subscription.run()
        finally:
            await consumer.finish(seconds=self._timing.finish)
            connecting.cancel()
            await asyncio.gather(connecting, return_exceptions=True)

    def _consumer(self, queues: ReceiverQueues, inbox: Inbox, callback: Callback) -> Consumer:
        return Consumer(
            queue=queues.main,
            callback=callback,
            database=self._database,
            inbox=inbox,
            outbox=self._outbox,
            failed=FailedMessages(broker=self._sending, queues=queues),
            pause_seconds=self._timing.pause,
        )
