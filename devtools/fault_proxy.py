"""A TCP proxy on loopback that does to a connection what networks do: for fault tests.

It runs in the event loop of its user, who changes it while traffic flows.
"""

import asyncio
from contextlib import suppress
from types import TracebackType
from typing import Self

from devtools.ports import LOOPBACK, free_port

CHUNK = 65536


class FaultProxy:
    """Forwards to `target` on loopback; `delay` (seconds, per chunk) may be set at any time."""

    def __init__(self, *, target: int) -> None:
        self.port = free_port()
        self.delay = 0.0
        self._target = target
        self._server: asyncio.Server | None = None
        self._links: set[asyncio.Task[None]] = set()
        self._transports: set[asyncio.WriteTransport] = set()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._is_lossy = False

    @property
    def connections(self) -> int:
        """How many clients are connected."""
        return len(self._links)

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
        for link in self._links:
            link.cancel()
        await asyncio.gather(*self._links, return_exceptions=True)

    async def accept(self) -> None:
        """Listen, again after `refuse`."""
        self._server = await asyncio.start_server(self._link, LOOPBACK, self.port)

    def refuse(self) -> None:
        """Stop listening; connections that exist go on."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def freeze(self) -> None:
        """Accept connections and bytes, and hold all of them back until `thaw`."""
        self._flowing.clear()

    def lose(self) -> None:
        """Accept connections and bytes, and forget the bytes, until `thaw`.

        A connection that has lost any never says anything again.
        """
        self._is_lossy = True

    def thaw(self) -> None:
        self._is_lossy = False
        self._flowing.set()

    def reset(self) -> None:
        """Break every connection (RST)."""
        for transport in self._transports:
            transport.abort()

    async def _link(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = asyncio.current_task()
        assert link is not None  # noqa: S101 - StreamReaderProtocol makes one
        self._links.add(link)
        link.add_done_callback(self._links.discard)
        writers = [writer]
        with suppress(OSError, asyncio.CancelledError):
            target_reader, target_writer = await asyncio.open_connection(LOOPBACK, self._target)
            writers.append(target_writer)
            self._transports.update(each.transport for each in writers)
            await self._forward_both((reader, target_writer), (target_reader, writer))
        for each in writers:
            self._transports.discard(each.transport)
            each.transport.abort()

    async def _forward_both(self, *ways: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> None:
        pumps = [asyncio.create_task(self._pump(*way)) for way in ways]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        has_lost = False
        while chunk := await reader.read(CHUNK):
            if self.delay:
                await asyncio.sleep(self.delay)
            has_lost = has_lost or self._is_lossy
            await self._flowing.wait()
            if not has_lost:
                writer.write(chunk)
                await writer.drain()
        await self._flowing.wait()
