"""The receiving end under test, and what it has been given."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Self

from app.infrastructure.messaging.broker import Broker, BrokerTiming
from app.infrastructure.messaging.incoming import IncomingMessage
from app.infrastructure.messaging.message_broker import ConsumerTiming, MessageBroker
from app.infrastructure.resources import Resources

Callback = Callable[[IncomingMessage], Awaitable[None]]


class Receiver:
    """`callback` may be replaced at any time; by default it only notes what comes."""

    def __init__(self, resources: Resources, url: str, timing: ConsumerTiming) -> None:
        self.resources = resources
        self._url = url
        self.seen: list[IncomingMessage] = []
        self.callback: Callback = self.note
        self._timing = timing

    async def note(self, message: IncomingMessage) -> None:
        self.seen.append(message)

    @property
    def names(self) -> list[str]:
        return [message.payload["name"] for message in self.seen]

    @asynccontextmanager
    async def consuming(self, prefetch: int) -> AsyncIterator[Self]:
        settings = self.resources.settings
        assert self.resources.messaging.broker is not None
        message_broker = MessageBroker(
            sending=self.resources.messaging.broker,
            new_connection=partial(
                Broker,
                self._url,
                name="receiver",
                timing=BrokerTiming(pause=0.1, declare=1.0),
            ),
            database=self.resources.database,
            outbox=self.resources.messaging.outbox,
            timing=self._timing,
        )
        task = asyncio.create_task(
            message_broker.consume_messages(settings.service_name, self._call, prefetch=prefetch)
        )
        try:
            yield self
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _call(self, message: IncomingMessage) -> None:
        await self.callback(message)
