"""Time limits for connections; uvicorn limits only idle ones."""

import asyncio
from collections.abc import Callable
from typing import ClassVar

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from app.infrastructure.http_protocol.unread_bytes import has_unread_bytes
from app.infrastructure.lifecycle import lifecycle_in


class TimedHttpProtocol(HttpToolsProtocol):
    """Closes connections that send or read too slowly; a shutdown loses no request."""

    # For the headers of a request, and for the rest of its body after the response.
    arrival_seconds: ClassVar[float] = 10.0
    # For requests that are on their way when the server is told to stop.
    drain_seconds: ClassVar[float] = 1.0
    # Without a byte of the response being read by the client.
    stall_seconds: ClassVar[float] = 30.0

    # Slots: with more than 30 attributes in its dictionary an object becomes slower.
    __slots__ = (
        *("_closing", "_idle_since", "_in_body", "_is_stopping", "_last_cycle", "_lifecycle"),
        *("_reads_head", "_stall_check"),
    )

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, object],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._closing: asyncio.TimerHandle | None = None
        self._stall_check: asyncio.TimerHandle | None = None
        self._idle_since = self.loop.time()
        self._lifecycle = lifecycle_in(app_state)
        self._is_stopping = False
        # The request whose response closes the connection of a stopping server.
        self._last_cycle: RequestResponseCycle | None = None
        # From the first byte of a request to the end of its headers, and from there to its end.
        self._reads_head = False
        self._in_body = False

    @property
    def idle_since(self) -> float | None:
        """Loop time of the last response or of the connection; None while a request runs."""
        return self._idle_since if self._has_responded() else None

    def has_unread(self) -> bool:
        """Return whether bytes have arrived that are not parsed: closing now would reset them."""
        return has_unread_bytes(self.transport)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if self._is_draining:
            self._close_idle_after(self.drain_seconds)
        else:
            self._close_after(self.arrival_seconds, self._close_without_request)

    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel_closing()
        self._cancel_stall_check()
        self._unset_keepalive_if_required()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._reads_head = True

    def on_headers_complete(self) -> None:
        self._reads_head = False
        if self._closing is not None:
            self._cancel_closing()
        super().on_headers_complete()
        self._in_body = True

    def on_message_complete(self) -> None:
        self._in_body = False
        if self._closing is not None:
            self._cancel_closing()
        super().on_message_complete()
        if self.timeout_keep_alive_task is None and self.cycle.response_complete:
            self._begin_idle_time()

    def on_response_complete(self) -> None:
        """Start the next request or the time limit of idle connections.

        Replaces uvicorn's method: its timer is made and cancelled for every request, this one
        is made again only when it fires too early.
        """
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self._in_body:
            self._close_after(self.arrival_seconds)
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
            if self._is_draining:
                self._end_with_last_request()
            return
        self._begin_idle_time()

    def timeout_keep_alive_handler(self) -> None:
        """Close if idle; a connection that is busy now starts the timer with its response."""
        self.timeout_keep_alive_task = None
        if self._reads_head or self._in_body or not self._has_responded():
            return
        rest = self._idle_since + self.timeout_keep_alive - self.loop.time()
        if rest > 0:
            self._check_idle_after(rest)
        else:
            self._close_if_idle()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._check_stall_later()

    def resume_writing(self) -> None:
        self._cancel_stall_check()
        super().resume_writing()

    def shutdown(self) -> None:
        """Keep idle connections open for `drain_seconds`: closing now could lose a request."""
        self._is_stopping = True
        self._end_with_last_request()
        if self._has_responded():
            self._close_idle_after(self.drain_seconds)

    @property
    def _is_draining(self) -> bool:
        return self._is_stopping or self._lifecycle.is_draining

    def _end_with_last_request(self) -> None:
        """Let the response to the last request that has arrived close the connection."""
        previous, self._last_cycle = self._last_cycle, None
        if previous is not None and not previous.response_started:
            previous.keep_alive = True
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is None or cycle.response_started or self._has_more_requests():
            return
        if cycle.keep_alive:
            cycle.keep_alive = False
            self._last_cycle = cycle

    def _has_more_requests(self) -> bool:
        """Return whether a request has begun to arrive."""
        return self._reads_head or self.has_unread()

    def _has_responded(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is None or cycle.response_complete

    def _begin_idle_time(self) -> None:
        self._idle_since = self.loop.time()
        if self._is_draining:
            self._close_idle_after(self.drain_seconds)
        elif self.timeout_keep_alive_task is None:
            self._check_idle_after(self.timeout_keep_alive)

    def _check_idle_after(self, seconds: float) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(
            seconds, self.timeout_keep_alive_handler
        )

    def _limit_arrival_time(self) -> None:
        """Start the time limit of a request that has not arrived with its first bytes."""
        if self._closing is None and not self.pipeline:
            self._close_after(self.arrival_seconds, self._close_without_request)

    def _close_without_request(self) -> None:
        self.transport.close()

    def _close_after(self, seconds: float, close: Callable[[], None] | None = None) -> None:
        self._cancel_closing()
        self._closing = self.loop.call_later(seconds, close or self.transport.close)

    def _close_idle_after(self, seconds: float) -> None:
        self._close_after(seconds, self._close_if_idle)

    def _close_if_idle(self) -> None:
        self._closing = None
        if self._has_more_requests():
            self._close_after(self.arrival_seconds, self._close_without_request)
        else:
            self.transport.close()

    def _cancel_closing(self) -> None:
        if self._closing is not None:
            self._closing.cancel()
            self._closing = None

    def _check_stall_later(self) -> None:
        self._cancel_stall_check()
        unsent = self.transport.get_write_buffer_size()
        self._stall_check = self.loop.call_later(self.stall_seconds, self._abort_if_stalled, unsent)

    def _abort_if_stalled(self, unsent_before: int) -> None:
        if self.transport.get_write_buffer_size() < unsent_before:
            self._check_stall_later()
        else:
            self.transport.abort()

    def _cancel_stall_check(self) -> None:
        if self._stall_check is not None:
            self._stall_check.cancel()
            self._stall_check = None
