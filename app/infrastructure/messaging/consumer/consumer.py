"""Consume one queue: handle each message once, retry it, or move it to the dead-letter queue."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, suppress
from datetime import UTC, datetime
from functools import partial
from time import perf_counter
from typing import Literal

from aio_pika.abc import AbstractIncomingMessage

from app.exceptions.base import ServiceError, UnavailableError
from app.infrastructure.database.postgres_database import PostgresDatabase
from app.infrastructure.messaging.broker.broker_connection import OUTAGE, BrokerUnavailableError
from app.infrastructure.messaging.broker.leaked_cancellation import translate_leaked_cancellation
from app.infrastructure.messaging.consumer.failed_messages import (
    FailedMessages,
    QueueRefusedError,
)
from app.infrastructure.messaging.consumer.inbox import Inbox
from app.infrastructure.messaging.consumer.incoming_message import (
    MAX_LOGGED_CHARACTERS,
    IncomingMessage,
    UnacceptableMessageError,
)
from app.infrastructure.messaging.consumer.message_copy import count_tries, describe_error
from app.infrastructure.messaging.consumer.message_trace import mark_failed
from app.ports.metrics import Metrics
from app.utils.printable_text import printable

logger = logging.getLogger(__name__)

Callback = Callable[[IncomingMessage], Awaitable[bool | None]]
"""Handles a message; returns False if it is of no interest here."""

Context = Callable[[AbstractIncomingMessage], AbstractContextManager[None]]

Outcome = Literal["handled", "ignored", "duplicate"]

_OUTCOME_TEXTS: dict[Outcome, str] = {
    "handled": "handled",
    "ignored": "ignored, because no handler wants it",
    "duplicate": "skipped as a duplicate",
}


class Consumer:
    """Acknowledges a delivery when it was handled, or stored in a delay or dead-letter queue."""

    def __init__(
        self,
        *,
        queue: str,
        callback: Callback,
        database: PostgresDatabase,
        inbox: Inbox,
        context: Context,
        failed: FailedMessages,
        metrics: Metrics,
        repeat_delay_seconds: float,
    ) -> None:
        self._queue = queue
        self._callback = callback
        self._database = database
        self._inbox = inbox
        self._context = context
        self._failed = failed
        self._metrics = metrics
        self._repeat_delay_seconds = repeat_delay_seconds
        self._is_draining = False
        self._running: set[asyncio.Task[None]] = set()

    async def on_message(self, delivery: AbstractIncomingMessage) -> None:
        """Handle the delivery in a separate task, which a lost connection does not cancel.

        While draining, it stays unacknowledged: the broker redelivers it when the channel closes.
        """
        if self._is_draining:
            return
        task = asyncio.create_task(self._handle_and_acknowledge(delivery))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def drain(self, *, seconds: float) -> None:
        """Wait for running handlers, then cancel them; the broker redelivers their messages."""
        self._is_draining = True
        if self._running:
            await asyncio.wait(self._running, timeout=seconds)
        for task in list(self._running):
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _handle_and_acknowledge(self, delivery: AbstractIncomingMessage) -> None:
        """Handle the delivery, again after a delay where its outcome cannot be stored.

        It is not returned to the queue in between: a quorum queue drops a message that was
        returned too often, which an outage of a minute would reach.
        """
        while not await self._handle_in_context(delivery):
            await asyncio.sleep(self._repeat_delay_seconds)
            if self._is_draining or delivery.channel.is_closed:
                return
        # After a lost connection the broker redelivers, and the inbox detects the duplicate.
        with suppress(*OUTAGE), translate_leaked_cancellation():
            await delivery.ack()

    async def _handle_in_context(self, delivery: AbstractIncomingMessage) -> bool:
        with self._context(delivery):
            try:
                return await self._handle(delivery)
            except Exception:
                logger.exception("Handling a message failed unexpectedly; it is repeated")
                return False

    async def _handle(self, delivery: AbstractIncomingMessage) -> bool:
        """Return whether the delivery can be acknowledged."""
        try:
            message = IncomingMessage.parse(delivery, own_user=self._failed.own_user)
            if count_tries(delivery) == 0:
                self._observe_lag(message)
            await self._handle_once(message)
        except UnavailableError:
            # Without counting a try. While the database is unavailable, no message can be handled.
            return self._database.is_up and await self._set_aside(delivery)
        except UnacceptableMessageError as error:
            return await self._move(delivery, error, self._failed.dead_letter)
        except Exception as error:  # noqa: BLE001 - one failing message must not stop the consumer
            return await self._move(delivery, error, self._failed.schedule_retry)
        return True

    async def _handle_once(self, message: IncomingMessage) -> None:
        started = perf_counter()
        outcome = await self._database.run(partial(self._handle_if_new, message))
        seconds = perf_counter() - started
        self._metrics.observe("message_handling_seconds", seconds)
        self._count(outcome)
        event = printable(message.event or "a message", limit=MAX_LOGGED_CHARACTERS)
        text = _OUTCOME_TEXTS[outcome]
        logger.info("%s from %s %s %.1fms", event, message.sender, text, seconds * 1000)

    async def _handle_if_new(self, message: IncomingMessage) -> Outcome:
        if not await self._inbox.claim(self._queue, message.id):
            return "duplicate"
        return "ignored" if await self._callback(message) is False else "handled"

    def _observe_lag(self, message: IncomingMessage) -> None:
        """Observe how long after it was created the first attempt to handle a message begins."""
        if message.created_at is not None:
            lag = (datetime.now(UTC) - message.created_at).total_seconds()
            # Clocks of two machines differ.
            self._metrics.observe("message_lag_seconds", max(0.0, lag))

    async def _move(
        self,
        delivery: AbstractIncomingMessage,
        error: Exception,
        move: Callable[[AbstractIncomingMessage, Exception], Awaitable[str]],
    ) -> bool:
        try:
            queue = await move(delivery, error)
        except BrokerUnavailableError:
            return False
        except QueueRefusedError:
            return await self._set_aside(delivery)
        self._count("parked" if queue == self._failed.dead_queue else "retried")
        mark_failed(error)
        # Expected errors need no stack trace.
        is_expected = isinstance(error, ServiceError | UnacceptableMessageError)
        logger.log(
            logging.WARNING if is_expected else logging.ERROR,
            "Message %s was moved to %s (%s)",
            printable(delivery.message_id or "without ID", limit=MAX_LOGGED_CHARACTERS),
            queue,
            printable(describe_error(error)),
            exc_info=None if is_expected else error,
        )
        return True

    async def _set_aside(self, delivery: AbstractIncomingMessage) -> bool:
        await asyncio.sleep(self._repeat_delay_seconds)
        try:
            await self._failed.set_aside(delivery)
        except (BrokerUnavailableError, QueueRefusedError):
            return False
        self._count("set_aside")
        return True

    def _count(self, outcome: str) -> None:
        self._metrics.increment("received_messages_total", outcome=outcome)
