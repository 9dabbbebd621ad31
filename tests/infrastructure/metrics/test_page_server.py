"""A client of the page server holds neither its memory nor its event loop."""

import asyncio
from collections.abc import AsyncIterator
from http import HTTPStatus

import pytest

from app.infrastructure.metrics import page_server
from app.infrastructure.metrics.page_server import MAX_CONNECTIONS, MAX_HEAD_BYTES, Page, PageServer
from devtools.ports import free_port
from tests.support.raw_http import LOOPBACK, exchange, open_connection

LARGE = 4 * 1024 * 1024


@pytest.fixture
async def port() -> AsyncIterator[int]:
    def fail() -> Page:
        raise ValueError("broken")

    server = PageServer(
        {
            "/": lambda: Page(body=b"hello", content_type="text/plain"),
            "/large": lambda: Page(body=b"x" * LARGE, content_type="text/plain"),
            "/broken": fail,
        }
    )
    await server.listen(LOOPBACK, port := free_port())
    yield port
    await server.close()


@pytest.mark.parametrize(
    ("head", "status", "body"),
    [
        ("GET / HTTP/1.1", 200, b"hello"),
        ("GET /?x=1 HTTP/1.0", 200, b"hello"),
        ("GET /other HTTP/1.1", 404, b"Not Found\n"),
        ("GET /broken HTTP/1.1", 500, b"Internal Server Error\n"),
        ("POST / HTTP/1.1", 405, b"Method Not Allowed\n"),
        ("GET / HTTP/2.0", 400, b"Bad Request\n"),
        ("GET / x HTTP/1.1", 400, b"Bad Request\n"),
        ("", 400, b"Bad Request\n"),
        ("\x16\x03\x01 \xff\xfe", 400, b"Bad Request\n"),
        ("GET /\xff\x00 HTTP/1.1", 404, b"Not Found\n"),
    ],
    ids=range(10),
)
async def test_a_request_is_served_or_refused(
    port: int, head: str, status: int, body: bytes
) -> None:
    [response] = await exchange(port, [head.encode("latin-1"), b"\r\nHost: x\r\n\r\n"])

    assert (response.status, response.body) == (status, body)


async def test_a_response_to_head_has_no_body(port: int) -> None:
    async with open_connection(port) as (reader, writer):
        writer.write(b"HEAD / HTTP/1.1\r\n\r\n")
        received = await reader.read()

    assert received.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"Content-Length: 5\r\n" in received
    assert received.endswith(b"\r\n\r\n")


async def test_a_head_that_is_too_large_is_refused_before_its_end(port: int) -> None:
    async with open_connection(port) as (reader, writer):
        writer.write(b"GET / HTTP/1.1\r\nX: " + b"x" * MAX_HEAD_BYTES)
        received = await reader.readuntil(b"\r\n")

    assert received == b"HTTP/1.1 431 Request Header Fields Too Large\r\n"


@pytest.mark.parametrize("sent", [b"", b"GET / HT"], ids=["nothing", "part of a head"])
async def test_a_client_that_sends_too_slowly_is_disconnected(
    monkeypatch: pytest.MonkeyPatch, port: int, sent: bytes
) -> None:
    monkeypatch.setattr(page_server, "EXCHANGE_SECONDS", 0.05)
    async with open_connection(port) as (reader, writer):
        writer.write(sent)
        assert await _is_disconnected(reader)


async def test_a_client_that_does_not_read_is_disconnected(
    monkeypatch: pytest.MonkeyPatch, port: int
) -> None:
    monkeypatch.setattr(page_server, "EXCHANGE_SECONDS", 0.05)
    # So little is read that the response does not fit into the buffers of the sockets.
    reader, writer = await asyncio.open_connection(LOOPBACK, port, limit=1024)
    writer.write(b"GET /large HTTP/1.1\r\n\r\n")
    await reader.readuntil(b"\r\n")
    await asyncio.sleep(0.2)

    with pytest.raises((asyncio.IncompleteReadError, OSError)):
        await reader.readexactly(LARGE)
    writer.close()


async def test_idle_connections_do_not_keep_others_out(
    port: int, caplog: pytest.LogCaptureFixture
) -> None:
    idle = [await asyncio.open_connection(LOOPBACK, port) for _ in range(MAX_CONNECTIONS)]

    responses = [await exchange(port, [b"GET / HTTP/1.1\r\n\r\n"]) for _ in range(3)]

    assert [each.status for [each] in responses] == [HTTPStatus.OK] * 3
    oldest, *_, newest = idle
    assert await _is_disconnected(oldest[0])
    assert not newest[0].at_eof()
    assert caplog.records == []
    for _, writer in idle:
        writer.close()


async def test_closing_disconnects_clients(caplog: pytest.LogCaptureFixture) -> None:
    server = PageServer({})
    await server.listen(LOOPBACK, port := free_port())
    async with open_connection(port) as (reader, writer):
        writer.write(b"GET /")
        await exchange(port, [b"GET / HTTP/1.1\r\n\r\n"])

        await server.close()

        assert await _is_disconnected(reader)
        assert caplog.records == []


async def _is_disconnected(reader: asyncio.StreamReader) -> bool:
    try:
        return await reader.read() == b""
    except ConnectionResetError:
        return True
