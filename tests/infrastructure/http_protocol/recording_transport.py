"""Feed a protocol without a socket."""

import asyncio
from collections.abc import Iterable
from typing import Any

from app.infrastructure.http_protocol import BoundedHttpProtocol

# Of the event loop, for the responses to a few pipelined requests.
SETTLING_TURNS = 20


class RecordingTransport(asyncio.Transport):
    """Keeps what is written; everything is sent at once."""

    def __init__(self) -> None:
        super().__init__()
        self.written = bytearray()
        self._is_closing = False

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        assert isinstance(protocol, asyncio.Protocol)
        self.protocol = protocol

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return ("127.0.0.1", 1) if name in {"peername", "sockname"} else default

    def write(self, data: bytes | bytearray | memoryview) -> None:
        assert not self._is_closing
        self.written += data

    def get_write_buffer_size(self) -> int:
        return 0

    def is_closing(self) -> bool:
        return self._is_closing

    def close(self) -> None:
        self._is_closing = True

    abort = close

    def can_write_eof(self) -> bool:
        return False

    def pause_reading(self) -> None:
        pass

    resume_reading = pause_reading


async def feed(protocol: BoundedHttpProtocol, pieces: Iterable[bytes], *, turns: int = 1) -> bytes:
    """Return what the protocol sends; after each piece the event loop makes some turns."""
    transport = RecordingTransport()
    transport.set_protocol(protocol)
    protocol.connection_made(transport)
    for piece in pieces:
        if transport.is_closing():
            break
        transport.protocol.data_received(piece)
        await _settle(turns)
    await _settle(SETTLING_TURNS)
    transport.protocol.connection_lost(None)
    await asyncio.gather(*protocol.tasks)
    return bytes(transport.written)


async def _settle(turns: int) -> None:
    for _ in range(turns):
        await asyncio.sleep(0)
