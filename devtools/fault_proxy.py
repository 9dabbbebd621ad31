"""TCP proxy on loopback that simulates network faults, for tests.

It runs in the event loop of the test. Faults can be switched on and off while traffic flows.
"""

import asyncio
from contextlib import suppress
from types import TracebackType
from typing import Self

from devtools.ports import LOOPBACK, free_port

CHUNK = 65536


class FaultProxy:
    """Forward to the port `target` on loopback. `delay` (seconds per chunk) may change any time.

    `target` may change too: open connections stay with the old one.
    """

    def __init__(self, *, target: int) -> None:
        self.port = free_port()
        self.delay = 0.0
        self.target = target
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self._transports: set[asyncio.WriteTransport] = set()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._is_dropping = False

    @property
    def connections(self) -> int:
        """Number of connected clients."""
        return len(self._connections)

    async def __aenter__(self) -> Self:
        await self.accept()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.refuse()
        self.reset()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def accept(self) -> None:
        """Start to listen, also after `refuse`."""
        self._server = await asyncio.start_server(self._handle_connection, LOOPBACK, self.port)

    def refuse(self) -> None:
        """Stop listening. Open connections stay open."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def freeze(self) -> None:
        """Accept connections and bytes, but forward nothing until `thaw`."""
        self._flowing.clear()

    def drop_bytes(self) -> None:
        """Accept connections and bytes, but discard the bytes, until `thaw`.

        A connection that has lost bytes forwards nothing more, even after `thaw`.
        """
        self._is_dropping = True

    def thaw(self) -> None:
        self._is_dropping = False
        self._flowing.set()

    def reset(self) -> None:
        """Reset every connection (RST)."""
        for transport in self._transports:
            transport.abort()

    async def _handle_connection(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - StreamReaderProtocol runs this in a task
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)
        writers = [writer]
        with suppress(OSError, asyncio.CancelledError):
            target_reader, target_writer = await self._open_target()
            writers.append(target_writer)
            self._transports.update(each.transport for each in writers)
            await self._forward_both((reader, target_writer), (target_reader, writer))
        for each in writers:
            self._transports.discard(each.transport)
            each.transport.abort()

    async def _open_target(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection(LOOPBACK, self.target)

    async def _forward_both(
        self, *directions: tuple[asyncio.StreamReader, asyncio.StreamWriter]
    ) -> None:
        tasks = [asyncio.create_task(self._forward(*direction)) for direction in directions]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        has_dropped = False
        while chunk := await reader.read(CHUNK):
            if self.delay:
                await asyncio.sleep(self.delay)
            has_dropped = has_dropped or self._is_dropping
            await self._flowing.wait()
            if not has_dropped:
                writer.write(chunk)
                await writer.drain()
        await self._flowing.wait()
