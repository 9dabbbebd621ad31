"""A connection of aio-pika that is closed when the task that opens it is cancelled."""

import asyncio
from contextlib import suppress
from typing import Any

import aiormq
from aio_pika.abc import TimeoutType, UnderlayConnection
from aio_pika.connection import Connection
from yarl import URL

CLOSE_SECONDS = 1.0
"""A broker that is frozen never confirms the closing."""


class OwnedConnection(Connection):
    """Close what is open already when a cancellation arrives before `connect` returns.

    aio-pika would leave it open: its tasks run on, and end with a traceback when the loop ends.
    """

    async def connect(self, timeout: TimeoutType = None) -> None:  # noqa: ASYNC109 - aio-pika's
        self.transport = await _OwnedTransport.connect(
            self.url, self._on_connection_close, timeout=timeout, **self.kwargs
        )
        await self._on_connected()


class _OwnedTransport(UnderlayConnection):
    @classmethod
    async def make_connection(
        cls,
        url: URL,
        timeout: TimeoutType = None,  # noqa: ASYNC109 - aio-pika's
        **kwargs: Any,  # noqa: ANN401 - aio-pika's
    ) -> aiormq.abc.AbstractConnection:
        """Connect and wait until frames are read, within `timeout` seconds."""
        connection = aiormq.Connection(url, **kwargs)
        try:
            async with asyncio.timeout(timeout):
                await connection.connect()
                await connection.ready()
        except BaseException:
            with suppress(TimeoutError):
                await connection.close(timeout=CLOSE_SECONDS)
            raise
        return connection
