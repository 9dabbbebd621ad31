"""Raw bytes to and from an HTTP server."""

import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

LOOPBACK = "127.0.0.1"
SECONDS = 20


@dataclass(frozen=True)
class RawResponse:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@asynccontextmanager
async def open_connection(
    port: int,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    try:
        async with asyncio.timeout(SECONDS):
            yield reader, writer
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


async def exchange(port: int, pieces: Iterable[bytes]) -> list[RawResponse]:
    """Send each piece in a packet of its own, and return all responses until the server closes."""
    async with open_connection(port) as (reader, writer):
        await _send(writer, pieces)
        return parse_responses(await reader.read())


async def _send(writer: asyncio.StreamWriter, pieces: Iterable[bytes]) -> None:
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
        # The server is in the same loop: it reads this piece before the next one is sent.
        await asyncio.sleep(0)


def parse_responses(received: bytes) -> list[RawResponse]:
    """Parse responses with Content-Length; interim ones are left out."""
    responses = []
    while received:
        head, _, rest = received.partition(b"\r\n\r\n")
        status_line, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        length = int(headers.get("content-length", 0))
        status = int(status_line.split(" ")[1])
        if status >= 200:
            responses.append(RawResponse(status, headers, rest[:length]))
        received = rest[length:]
    return responses


def reset(writer: asyncio.StreamWriter) -> None:
    """Close the connection as a client that has crashed: also noticed while nothing is read."""
    no_linger = struct.pack("ii", 1, 0)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, no_linger)
    writer.transport.abort()
