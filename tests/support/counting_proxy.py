"""TCP proxy on loopback that counts exchanges: what is sent before the other side replies."""

import asyncio
import re
from contextlib import suppress
from types import TracebackType
from typing import Self

from devtools.ports import LOOPBACK, free_port

CHUNK = 65536
# Commands of probes, of heartbeats and of new connections to Redis.
BACKGROUND = re.compile(rb":probe\r\n|:changes:|\nAUTH\r|\nSETINFO\r")


class Connection:
    """Exchanges of one connection: the bytes of each request, or of several sent together."""

    def __init__(self) -> None:
        self.exchanges: list[bytes] = []
        self.is_probe = False
        self._is_replied = True

    def record_request(self, data: bytes) -> None:
        # PostgreSQL is probed over a connection of its own, which names its statement only once.
        self.is_probe = self.is_probe or b"alembic_version" in data
        if self._is_replied:
            self.exchanges.append(b"")
        self.exchanges[-1] += data
        self._is_replied = False

    def record_reply(self) -> None:
        self._is_replied = True


class CountingProxy:
    def __init__(self, *, target: int) -> None:
        self.port = free_port()
        self.connections: list[Connection] = []
        self._target = target
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def exchanges(self) -> list[bytes]:
        """Exchanges of requests, without those of probes and heartbeats."""
        connections = (each.exchanges for each in self.connections if not each.is_probe)
        exchanges = (exchange for each in connections for exchange in each)
        return [each for each in exchanges if not BACKGROUND.search(each)]

    def reset(self) -> None:
        """Forget the exchanges so far."""
        for connection in self.connections:
            connection.exchanges.clear()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, LOOPBACK, self.port)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        connection = Connection()
        self.connections.append(connection)
        target_reader, target_writer = await asyncio.open_connection(LOOPBACK, self._target)
        with suppress(OSError, asyncio.CancelledError):
            replying = asyncio.create_task(_forward_replies(connection, target_reader, writer))
            while data := await reader.read(CHUNK):
                connection.record_request(data)
                target_writer.write(data)
            replying.cancel()
        writer.transport.abort()
        target_writer.transport.abort()


async def _forward_replies(
    connection: Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    while data := await reader.read(CHUNK):
        connection.record_reply()
        writer.write(data)
    writer.transport.abort()
