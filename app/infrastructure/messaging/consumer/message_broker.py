"""Receive messages: `await message_broker.consume_messages("order-service", callback)`."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from app.config.settings import Settings
from app.infrastructure.database.postgres_database import PostgresDatabase
from app.infrastructure.maintenance import run_periodically
from app.infrastructure.messaging.broker.broker_connection import BrokerConnection
from app.infrastructure.messaging.broker.queues import RETRY_DELAYS_SECONDS, ReceiverQueues
from app.infrastructure.messaging.consumer.consumer import Callback, Consumer
from app.infrastructure.messaging.consumer.failed_messages import FailedMessages
from app.infrastructure.messaging.consumer.inbox import Inbox
from app.infrastructure.messaging.consumer.message_trace import message_context
from app.infrastructure.messaging.consumer.subscription import Subscription
from app.infrastructure.messaging.outbox.outbox import Outbox
from app.ports.metrics import Metrics
from app.ports.tracing import Tracing

PREFETCH = 4
"""Messages handled at a time; a critical message waits for at most this many less urgent ones."""


@dataclass(frozen=True, kw_only=True)
class ConsumerTiming:
    """Intervals and time limits, in seconds."""

    check: float = 5.0
    repeat_delay: float = 1.0
    drain: float = 20.0
    delays: tuple[float, ...] = RETRY_DELAYS_SECONDS


class MessageBroker:
    """Receives messages over its own connection: the broker may block connections that publish."""

    def __init__(
        self,
        *,
        sending: BrokerConnection,
        new_connection: Callable[[], BrokerConnection],
        database: PostgresDatabase,
        outbox: Outbox,
        timing: ConsumerTiming,
        settings: Settings,
        metrics: Metrics,
        tracing: Tracing,
    ) -> None:
        self._sending = sending
        self._new_connection = new_connection
        self._database = database
        self._outbox = outbox
        self._timing = timing
        self._settings = settings
        self._metrics = metrics
        self._tracing = tracing

    async def consume_messages(
        self, service_name: str, callback: Callback, *, prefetch: int = PREFETCH
    ) -> None:
        """Handle the messages to a service until cancelled, then finish the running handlers.

        The callback runs in one transaction with the inbox, so a message that is delivered twice
        is handled once. After an error the message is retried with growing delays, then moved to
        `queue_{service_name}.dead` with the error. UnacceptableMessageError moves it at once.
        UnavailableError is retried without limit.
        """
        queues = ReceiverQueues.for_service(
            service_name, self._timing.delays, queue_type=self._settings.message_queue_type
        )
        inbox = Inbox(database=self._database, retention_days=self._settings.message_retention_days)
        consumer = self._consumer(queues, inbox, callback)
        receiving = self._new_connection()
        subscription = Subscription(
            broker=receiving,
            queues=queues,
            on_delivery=consumer.on_message,
            prefetch=prefetch,
            check_seconds=self._timing.check,
        )
        connecting = asyncio.create_task(receiving.keep_connected())
        try:
            async with run_periodically(inbox.remove_old):
                await subscription.run()
        finally:
            await consumer.drain(seconds=self._timing.drain)
            connecting.cancel()
            await asyncio.gather(connecting, return_exceptions=True)

    def _consumer(self, queues: ReceiverQueues, inbox: Inbox, callback: Callback) -> Consumer:
        return Consumer(
            queue=queues.main,
            callback=callback,
            database=self._database,
            inbox=inbox,
            context=partial(
                message_context, queue=queues.main, outbox=self._outbox, tracing=self._tracing
            ),
            failed=FailedMessages(broker=self._sending, queues=queues),
            metrics=self._metrics,
            repeat_delay_seconds=self._timing.repeat_delay,
        )
