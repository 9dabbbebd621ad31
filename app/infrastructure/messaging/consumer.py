"""One queue of one service: what arrives in it is handled once, retried, or parked."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from time import perf_counter

from aio_pika.abc import AbstractIncomingMessage

from app.exceptions.base import ServiceError, UnavailableError
from app.infrastructure.database.postgres_database import PostgresDatabase
from app.infrastructure.messaging.broker import OUTAGE, BrokerUnavailableError
from app.infrastructure.messaging.failed_messages import FailedMessages, reason_of
from app.infrastructure.messaging.inbox import Inbox
from app.infrastructure.messaging.incoming import IncomingMessage, UnacceptableMessageError
from app.infrastructure.messaging.leaked_cancellation import leaked_cancellation_named
from app.infrastructure.messaging.outbox import Outbox, current_outbox
from app.utils.request_context import request_id, traceparent

logger = logging.getLogger(__name__)

Callback = Callable[[IncomingMessage], Awaitable[None]]


class Consumer:
    """Settles each delivery: it is acknowledged when it is handled or safe elsewhere."""

    def __init__(
        self,
        *,
        queue: str,
        callback: Callback,
        database: PostgresDatabase,
        inbox: Inbox,
        outbox: Outbox,
        failed: FailedMessages,
        pause_seconds: float,
    ) -> None:
        self._queue = queue
        self._callback = callback
        self._database = database
        self._inbox = inbox
        self._outbox = outbox
        self._failed = failed
        self._pause_seconds = pause_seconds
        self._is_finishing = False
        self._settling: set[asyncio.Task[None]] = set()

    async def take(self, delivery: AbstractIncomingMessage) -> None:
        """Begin with it; in a task of its own, which the end of a connection does not cancel."""
        if self._is_finishing:
            return
        task = asyncio.create_task(self._settle(delivery))
        self._settling.add(task)
        task.add_done_callback(self._settling.discard)

    async def finish(self, *, seconds: float) -> None:
        """Wait for what has begun; what takes longer is given up, and will be delivered again."""
        self._is_finishing = True
        if self._settling:
            await asyncio.wait(self._settling, timeout=seconds)
        for task in list(self._settling):
            task.cancel()
        await asyncio.gather(*self._settling, return_exceptions=True)

    async def _settle(self, delivery: AbstractIncomingMessage) -> None:
        try:
            is_settled = await self._handle(delivery)
        except Exception:
            logger.exception("A message could not be settled")
            is_settled = False
        # Where the connection is gone, the broker delivers again, and the inbox knows it.
        with suppress(*OUTAGE), leaked_cancellation_named():
            if is_settled:
                await delivery.ack()
            else:
                await asyncio.sleep(self._pause_seconds)
                await delivery.nack(requeue=True)

    async def _handle(self, delivery: AbstractIncomingMessage) -> bool:
        try:
            message = IncomingMessage.read(delivery)
            _set_context(message, self._outbox)
            await self._handle_once(message)
        except UnavailableError:
            # No fault of the message: it is not to use up its tries.
            return False
        except UnacceptableMessageError as error:
            return await self._put_away(delivery, error, self._failed.bury)
        except Exception as error:  # noqa: BLE001 - whatever it is, others are to be handled
            return await self._put_away(delivery, error, self._failed.postpone)
        return True

    async def _handle_once(self, message: IncomingMessage) -> None:
        started = perf_counter()
        is_new = await self._database.run(partial(self._handle_if_new, message))
        outcome = "handled" if is_new else "handled before"
        milliseconds = (perf_counter() - started) * 1000
        logger.info(
            "%s from %s %s %.1fms", message.event, message.from_service, outcome, milliseconds
        )

    async def _handle_if_new(self, message: IncomingMessage) -> bool:
        is_new = await self._inbox.claim(self._queue, message.id)
        if is_new:
            await self._callback(message)
        return is_new

    async def _put_away(
        self,
        delivery: AbstractIncomingMessage,
        error: Exception,
        put: Callable[[AbstractIncomingMessage, Exception], Awaitable[str]],
    ) -> bool:
        try:
            queue = await put(delivery, error)
        except BrokerUnavailableError:
            return False
        # What was refused on purpose needs no stack to be understood.
        is_expected = isinstance(error, ServiceError | UnacceptableMessageError)
        logger.log(
            logging.WARNING if is_expected else logging.ERROR,
            "Message %s was moved to %s (%s)",
            *(delivery.message_id, queue, reason_of(error)),
            exc_info=None if is_expected else error,
        )
        return True


def _set_context(message: IncomingMessage, outbox: Outbox) -> None:
    """Let its log lines and what it sends be found by the request that caused it."""
    request_id.set(message.request_id or message.id)
    traceparent.set(message.traceparent)
    current_outbox.set(outbox)
