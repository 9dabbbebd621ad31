"""A small HTTP server for pages that are made when they are asked for."""

import asyncio
import logging
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus

logger = logging.getLogger(__name__)

MAX_HEAD_BYTES = 8192
MAX_CONNECTIONS = 16
# From the connection to the end of the response, for a client that is slow on purpose.
EXCHANGE_SECONDS = 10.0

_HEAD_END = b"\r\n\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    body: bytes
    content_type: str
    status: HTTPStatus = HTTPStatus.OK


class PageServer:
    """Serves GET and HEAD, one request for each connection.

    What a client can hold is bounded: the number of connections, their time, and the bytes of a
    request. A body is not read.
    """

    def __init__(self, pages: Mapping[str, Callable[[], Page]]) -> None:
        self._pages = pages
        self._server: asyncio.Server | None = None
        self._exchanges: dict[asyncio.WriteTransport, asyncio.Task[None]] = {}

    async def listen(self, host: str, port: int) -> None:
        """Raises OSError if another process has the port."""
        self._server = await asyncio.start_server(
            self._serve, host, port, limit=MAX_HEAD_BYTES, backlog=MAX_CONNECTIONS
        )

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        exchanges = list(self._exchanges.values())
        while self._exchanges:
            self._disconnect_oldest()
        await asyncio.gather(*exchanges, return_exceptions=True)

    def socket_inodes(self) -> frozenset[int]:
        """Identify the listening sockets among all sockets of the process."""
        sockets = self._server.sockets if self._server else ()
        return frozenset(os.fstat(each.fileno()).st_ino for each in sockets)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        exchange = asyncio.current_task()
        assert exchange is not None  # noqa: S101 - asyncio makes one for each connection
        if len(self._exchanges) >= MAX_CONNECTIONS:
            # An honest client has its response within milliseconds.
            self._disconnect_oldest()
        self._exchanges[writer.transport] = exchange
        try:
            # Also what a client of the network causes at any time.
            with suppress(TimeoutError, OSError, asyncio.IncompleteReadError):
                async with asyncio.timeout(EXCHANGE_SECONDS):
                    await self._exchange(reader, writer)
        finally:
            self._exchanges.pop(writer.transport, None)
            writer.transport.abort()

    def _disconnect_oldest(self) -> None:
        # Its task ends at once. Cancelling that would log an error (fixed in Python 3.12).
        oldest = next(iter(self._exchanges))
        del self._exchanges[oldest]
        oldest.abort()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(_HEAD_END)
        except asyncio.LimitOverrunError:
            response = _response(_error(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE))
        else:
            response = self._respond(head)
        writer.write(response)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    def _respond(self, head: bytes) -> bytes:
        method, target, version = ([*head.partition(b"\r\n")[0].split(b" "), b"", b""])[:3]
        if not version.startswith(b"HTTP/1."):
            return _response(_error(HTTPStatus.BAD_REQUEST))
        if method not in {b"GET", b"HEAD"}:
            return _response(_error(HTTPStatus.METHOD_NOT_ALLOWED))
        page = self._make(target.partition(b"?")[0].decode("latin-1"))
        return _response(page, has_body=method == b"GET")

    def _make(self, path: str) -> Page:
        if path not in self._pages:
            return _error(HTTPStatus.NOT_FOUND)
        try:
            return self._pages[path]()
        except Exception:
            logger.exception("A page of METRICS_PORT cannot be made")
            return _error(HTTPStatus.INTERNAL_SERVER_ERROR)


def _error(status: HTTPStatus) -> Page:
    return Page(body=f"{status.phrase}\n".encode(), content_type="text/plain", status=status)


def _response(page: Page, *, has_body: bool = True) -> bytes:
    lines = [
        f"HTTP/1.1 {page.status} {page.status.phrase}",
        f"Content-Type: {page.content_type}",
        f"Content-Length: {len(page.body)}",
        "Cache-Control: no-store",
        # The pages are complete in themselves.
        "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'",
        "X-Content-Type-Options: nosniff",
        "Allow: GET, HEAD",
        "Connection: close",
    ]
    head = "\r\n".join(lines) + "\r\n\r\n"
    return head.encode("latin-1") + (page.body if has_body else b"")
