"""HTTP clients over plain sockets, which record each failure exactly."""

import asyncio
import itertools
import json
from collections import Counter
from contextlib import suppress

from tests.support.traffic import WIDGETS, make_widget_body

LOOPBACK = "127.0.0.1"


class SocketClients:
    """Clients that send writes. A client stops when its connection is refused.

    `failures` are those of established connections. With `keeps_alive=False` every request has a
    connection of its own.
    """

    def __init__(self, *, port: int, token: str, keeps_alive: bool = True) -> None:
        self._port = port
        self._head = f"Host: x\r\nAuthorization: Bearer {token}\r\n"
        if not keeps_alive:
            self._head += "Connection: close\r\n"
        self._name = "client" if keeps_alive else "new client"
        self.statuses: Counter[int] = Counter()
        self.acknowledged: list[str] = []
        self.failures: list[str] = []

    async def run(self, *, clients: int, pause: float) -> None:
        await asyncio.gather(*(self._client(number, pause) for number in range(clients)))

    async def _client(self, number: int, pause: float) -> None:
        names = (f"{self._name} {number} widget {count}" for count in itertools.count())
        with suppress(ConnectionRefusedError):
            while True:
                reader, writer = await asyncio.open_connection(LOOPBACK, self._port)
                try:
                    while await self._exchange(reader, writer, next(names), pause):
                        pass
                except (OSError, asyncio.IncompleteReadError) as error:
                    self.failures.append(repr(error))
                finally:
                    writer.close()

    async def _exchange(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, name: str, pause: float
    ) -> bool:
        """Send a write, then pause. Return whether the connection can be used again."""
        body = json.dumps(make_widget_body(name))
        head = f"POST {WIDGETS} HTTP/1.1\r\n{self._head}Content-Type: application/json\r\n"
        writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())
        status, headers = await _read_answer(reader)
        self.statuses[status] += 1
        if status == 201:
            self.acknowledged.append(name)
        await asyncio.sleep(pause)
        return headers.get("connection") != "close"


async def _read_answer(reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    first, *lines = head.strip().split("\r\n")
    headers = {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}
    await reader.readexactly(int(headers["content-length"]))
    return int(first.split()[1]), headers


async def slow_client(port: int, opening: bytes, drip: bytes) -> None:
    """Send `drip` repeatedly until the server closes the connection."""
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    writer.write(opening)
    with suppress(OSError):
        while True:
            writer.write(drip)
            with suppress(TimeoutError):
                async with asyncio.timeout(0.2):
                    if not await reader.read(65536):
                        break
    writer.close()
