"""uvicorn's HTTP protocol, with an end to what it waits for without end.

`uvicorn app.main:app --http app.infrastructure.http_protocol:BoundedHttpProtocol`
"""

import asyncio
from typing import ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle


class BoundedHttpProtocol(HttpToolsProtocol):
    """Closes connections on which a request does not arrive, and stops without losing one."""

    # For the headers, and for what is left of a body after its answer.
    arrival_seconds: ClassVar[float] = 10.0
    # For requests that are on their way here when the server is told to stop.
    farewell_seconds: ClassVar[float] = 1.0

    _closing: asyncio.TimerHandle | None = None
    _is_stopping = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._close_in(self.arrival_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stay_open()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._closing is None:
            self._close_in(self.arrival_seconds)

    def on_headers_complete(self) -> None:
        self._stay_open()
        super().on_headers_complete()
        if self._is_stopping:
            self.cycle.keep_alive = False

    def on_message_complete(self) -> None:
        self._stay_open()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.cycle.more_body:
            self._close_in(self.arrival_seconds)

    def shutdown(self) -> None:
        """Serve what comes in the next moment; an idle connection closed now might lose it."""
        self._is_stopping = True
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is None or cycle.response_complete:
            self._close_in(self.farewell_seconds)
        else:
            super().shutdown()

    def _close_in(self, seconds: float) -> None:
        self._stay_open()
        self._closing = self.loop.call_later(seconds, self.transport.close)

    def _stay_open(self) -> None:
        if self._closing is not None:
            self._closing.cancel()
            self._closing = None
