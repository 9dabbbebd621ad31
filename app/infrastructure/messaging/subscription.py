"""Deliveries of one queue, through every loss of the connection, the channel or the queue."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractIncomingMessage, AbstractQueue
from aio_pika.exceptions import ChannelClosed

from app.infrastructure.messaging.broker import OUTAGE, Broker
from app.infrastructure.messaging.leaked_cancellation import leaked_cancellation_named
from app.infrastructure.messaging.queues import QUEUE_ARGUMENTS

logger = logging.getLogger(__name__)

Take = Callable[[AbstractIncomingMessage], Awaitable[None]]


class Subscription:
    """`take` gets at most `prefetch` messages that are not acknowledged yet."""

    def __init__(
        self, *, broker: Broker, queue: str, take: Take, prefetch: int, look_seconds: float
    ) -> None:
        self._broker = broker
        self._queue = queue
        self._take = take
        self._prefetch = prefetch
        self._look_seconds = look_seconds

    async def run(self) -> None:
        """Subscribe for ever."""
        while True:
            connection = await self._broker.connected()
            try:
                with leaked_cancellation_named():
                    channel = await self._subscribe(connection)
                    await self._watch(channel)
            except OUTAGE as error:
                # The channel alone is closed when the queue is removed.
                if not isinstance(error, ChannelClosed):
                    self._broker.give_up(connection, error)
            await asyncio.sleep(self._broker.timing.pause)

    async def _subscribe(self, connection: AbstractConnection) -> AbstractChannel:
        async with asyncio.timeout(self._broker.timing.declare):
            await self._declare(connection)
            channel = await connection.channel()
            await channel.set_qos(prefetch_count=self._prefetch)
            queue = await self._find(channel)
            await queue.consume(self._take)
            return channel

    async def _declare(self, connection: AbstractConnection) -> None:
        """Make the queue; one that was made with other arguments is used as it is."""
        channel = await connection.channel()
        try:
            await channel.declare_queue(self._queue, durable=True, arguments=QUEUE_ARGUMENTS)
            await channel.close()
        except ChannelClosed as error:
            logger.warning("%s was made otherwise and is used as it is: %s", self._queue, error)

    async def _watch(self, channel: AbstractChannel) -> None:
        """Return when nothing comes any more; who consumes is not told of a removed queue."""
        closed = asyncio.Event()
        channel.close_callbacks.add(lambda _channel, _error: closed.set())
        while not closed.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(self._look_seconds):
                    await closed.wait()
                    return
            async with asyncio.timeout(self._broker.timing.declare):
                found = await self._find(channel)
            if not found.declaration_result.consumer_count:
                await channel.close()

    async def _find(self, channel: AbstractChannel) -> AbstractQueue:
        return await channel.declare_queue(self._queue, passive=True)
