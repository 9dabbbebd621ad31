"""Close connections without losing the response to a client that is still sending."""

import asyncio
from collections.abc import Callable
from typing import ClassVar

from uvicorn._types import ASGI3Application
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle
from uvicorn.server import ServerState

from app.infrastructure.http_protocol.reading_gate import ReadingGate
from app.infrastructure.http_protocol.timed_http_protocol import TimedHttpProtocol

_CONTINUE = b"HTTP/1.1 100 "


class LingeringHttpProtocol(TimedHttpProtocol):
    """Reads and discards what the client still sends before it closes (RFC 9112, 9.6).

    Closing with unread bytes resets the connection, and a client that is still sending may then
    lose the response.
    """

    # For the client to close; for the rest of a request body it has `arrival_seconds`.
    linger_seconds: ClassVar[float] = 2.0
    max_discarded_bytes: ClassVar[int] = 32 * 1024 * 1024

    __slots__ = ("_response_transport", "_running", "client_has_finished")

    flow: ReadingGate

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, object],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._response_transport: _ResponseTransport | None = None
        # uvicorn's `cycle` is the last request that was read, which may wait in the pipeline.
        self._running: RequestResponseCycle | None = None
        # The client sends nothing more, and waits for the responses.
        self.client_has_finished = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.flow = ReadingGate(transport)
        self._response_transport = _ResponseTransport(transport, self._close_after_response)

    def connection_lost(self, exc: Exception | None) -> None:
        self._response_transport = None
        if self._running is not None and not self._running.response_complete:
            self._running.disconnected = True
            self._running.message_event.set()
        super().connection_lost(exc)

    def eof_received(self) -> bool:  # type: ignore[override]
        """Keep a half-closed connection open for the responses to complete requests.

        TLS has no half-closed connections in asyncio.
        """
        super().eof_received()
        self.client_has_finished = True
        return self.scheme == "http" and not self._in_body and not self._has_responded()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self.cycle.transport = self._response_transport  # type: ignore[assignment]
        if self.expect_100_continue and self.cycle.keep_alive:
            self._close_unless_continued(self.cycle)

    def _close_unless_continued(self, cycle: RequestResponseCycle) -> None:
        """Close after the response if the application does not ask for the body.

        The client may then leave the body out, and what follows cannot be told from it (RFC 9110,
        10.1.1).
        """
        write = self.transport.write

        def write_and_keep(data: bytes) -> None:
            cycle.keep_alive = cycle.keep_alive or data.startswith(_CONTINUE)
            write(data)

        cycle.keep_alive = False
        transport = _ResponseTransport(self.transport, self._close_after_response)
        transport.write = write_and_keep
        cycle.transport = transport  # type: ignore[assignment]

    @property
    def is_closing(self) -> bool:
        """Whether the connection is being closed; one that lingers can still be."""
        transport = self.transport
        if isinstance(transport, _LingeringTransport):
            return transport.is_closed()
        return transport.is_closing()

    def _close_after_response(self) -> None:
        is_expected = self._in_body and not self._is_stopping
        self._linger(self.arrival_seconds if is_expected else self.linger_seconds)

    def _linger(self, seconds: float) -> None:
        """Send nothing more; close when the client has closed, at the latest after `seconds`."""
        transport = self.transport
        if transport.is_closing():
            return
        if transport.can_write_eof():
            transport.write_eof()
        lingering = _LingeringTransport(transport, self)
        transport.set_protocol(lingering)
        self.transport = lingering
        self.flow.release_reading()
        self.flow.resume_reading()
        self._close_after(seconds)


class _ResponseTransport:
    """Transport as uvicorn needs it for a response; `close` ends the last one."""

    __slots__ = ("close", "is_closing", "write")

    def __init__(self, transport: asyncio.Transport, close: Callable[[], None]) -> None:
        self.write: Callable[[bytes], None] = transport.write
        self.is_closing = transport.is_closing
        self.close = close


class _LingeringTransport(asyncio.Transport, asyncio.Protocol):
    """Takes the place of the protocol, to discard data, and of its transport, as a closing one."""

    def __init__(self, transport: asyncio.Transport, protocol: LingeringHttpProtocol) -> None:
        super().__init__()
        self._transport = transport
        self._protocol = protocol
        self._discarded_bytes = 0

    # transport

    def is_closing(self) -> bool:
        return True

    def is_closed(self) -> bool:
        return self._transport.is_closing()

    def close(self) -> None:
        self._transport.close()

    def abort(self) -> None:
        self._transport.abort()

    def get_write_buffer_size(self) -> int:
        return self._transport.get_write_buffer_size()

    # protocol

    def data_received(self, data: bytes) -> None:
        self._discarded_bytes += len(data)
        if self._discarded_bytes > self._protocol.max_discarded_bytes:
            self._transport.close()

    def pause_writing(self) -> None:
        self._protocol.pause_writing()

    def resume_writing(self) -> None:
        self._protocol.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._protocol.connection_lost(exc)
