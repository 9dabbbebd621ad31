"""Run the consumer of the service in the test process and record its messages."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Self

from app.infrastructure.messaging.broker.broker_connection import BrokerConnection, BrokerTiming
from app.infrastructure.messaging.consumer.incoming_message import IncomingMessage
from app.infrastructure.messaging.consumer.message_broker import ConsumerTiming, MessageBroker
from app.infrastructure.resources import Resources

Callback = Callable[[IncomingMessage], Awaitable[bool | None]]


class ConsumerHarness:
    """A consumer whose `callback` can be replaced. By default it records each message in `seen`."""

    def __init__(
        self,
        resources: Resources,
        url: str,
        timing: ConsumerTiming,
        *,
        declare_seconds: float = 20.0,
    ) -> None:
        self.resources = resources
        self._url = url
        self.seen: list[IncomingMessage] = []
        self.callback: Callback = self.record
        self._timing = timing
        self._declare_seconds = declare_seconds

    async def record(self, message: IncomingMessage) -> None:
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
                BrokerConnection,
                self._url,
                name="receiver",
                timing=BrokerTiming(pause=0.1, declare=self._declare_seconds),
            ),
            database=self.resources.database,
            outbox=self.resources.messaging.outbox,
            metrics=self.resources.metrics,
            tracing=self.resources.tracing,
            timing=self._timing,
            settings=settings,
        )
        task = asyncio.create_task(
            message_broker.consume_messages(settings.service_name, self._call, prefetch=prefetch)
        )
        try:
            yield self
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _call(self, message: IncomingMessage) -> bool | None:
        return await self.callback(message)
