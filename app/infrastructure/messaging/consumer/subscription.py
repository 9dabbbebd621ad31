"""Subscription to one queue, renewed after a loss of the connection, channel or queue."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractIncomingMessage, AbstractQueue
from aio_pika.exceptions import ChannelClosed

from app.infrastructure.messaging.broker.broker_connection import OUTAGE, BrokerConnection
from app.infrastructure.messaging.broker.leaked_cancellation import translate_leaked_cancellation
from app.infrastructure.messaging.broker.missing_rights import (
    MissingRightError,
    declare_or_find,
    name_missing_right,
)
from app.infrastructure.messaging.broker.queues import ReceiverQueues

logger = logging.getLogger(__name__)

OnDelivery = Callable[[AbstractIncomingMessage], Awaitable[None]]


class Subscription:
    """Passes deliveries to `on_delivery`, at most `prefetch` unacknowledged ones at a time."""

    def __init__(
        self,
        *,
        broker: BrokerConnection,
        queues: ReceiverQueues,
        on_delivery: OnDelivery,
        prefetch: int,
        check_seconds: float,
    ) -> None:
        self._broker = broker
        self._queue = queues.main
        self._arguments = queues.main_arguments
        self._on_delivery = on_delivery
        self._prefetch = prefetch
        self._check_seconds = check_seconds
        self._logged = ""

    async def run(self) -> None:
        """Subscribe, and renew the subscription, until cancelled."""
        while True:
            connection = await self._broker.connected()
            try:
                with translate_leaked_cancellation():
                    channel = await self._subscribe(connection)
                    await self._watch(channel)
            except OUTAGE as error:
                # When the queue is removed, only the channel is closed.
                if isinstance(error, MissingRightError):
                    self._log_once(logging.ERROR, f"{self._queue} is not consumed: {error.text}")
                elif not isinstance(error, ChannelClosed):
                    self._broker.discard(connection, error)
            await asyncio.sleep(self._broker.timing.pause)

    async def _subscribe(self, connection: AbstractConnection) -> AbstractChannel:
        async with asyncio.timeout(self._broker.timing.declare):
            await self._declare(connection)
            channel = await connection.channel()
            await channel.set_qos(prefetch_count=self._prefetch)
            queue = await self._find(channel)
            with name_missing_right(f"to read {self._queue}"):
                await queue.consume(self._on_delivery)
            return channel

    async def _declare(self, connection: AbstractConnection) -> None:
        """Declare the queue; an existing queue with other arguments is used unchanged."""
        try:
            await declare_or_find(connection, self._queue, self._arguments)
        except ChannelClosed as error:
            self._log_once(
                logging.WARNING,
                f"{self._queue} exists with other arguments and is used unchanged: {error}",
            )

    def _log_once(self, level: int, line: str) -> None:
        """Log a line unless it is the last one: the subscription is renewed again and again."""
        if line != self._logged:
            logger.log(level, "%s", line)
        self._logged = line

    async def _watch(self, channel: AbstractChannel) -> None:
        """Return when the channel is closed; close it when the queue has lost its consumer.

        The consumer is checked regularly: the broker does not report a deleted queue.
        """
        closed = asyncio.Event()
        channel.close_callbacks.add(lambda _channel, _error: closed.set())
        while not closed.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(self._check_seconds):
                    await closed.wait()
                    return
            async with asyncio.timeout(self._broker.timing.declare):
                found = await self._find(channel)
            if not found.declaration_result.consumer_count:
                await channel.close()

    async def _find(self, channel: AbstractChannel) -> AbstractQueue:
        return await channel.declare_queue(self._queue, passive=True)
