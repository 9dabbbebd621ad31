"""A client that is still sending gets the response before the connection is closed."""

import pytest

from app.infrastructure.http_protocol import BoundedHttpProtocol
from tests.infrastructure.http_protocol.conftest import EchoServer, Serve
from tests.infrastructure.http_protocol.corpus import CHUNKED, HOST, NEXT, get
from tests.support.raw_http import exchange, open_connection, parse_responses
from tests.support.waiting import eventually

MEGABYTE = b"x" * 1_000_000
CLOSE = b"Connection: close\r\n"


def _early(*lines: bytes) -> bytes:
    """A request to which the application responds without reading the body."""
    return b"POST /early HTTP/1.1\r\n" + HOST + CLOSE + b"".join(lines) + b"\r\n"


@pytest.mark.parametrize(
    "pieces",
    [
        [_early(b"Content-Length: 8000000\r\n"), *[MEGABYTE] * 8],
        [_early(CHUNKED), *[b"f4240\r\n" + MEGABYTE + b"\r\n"] * 8, b"0\r\n\r\n"],
        [_early(CHUNKED), *[b"f4240\r\n" + MEGABYTE + b"\r\n"] * 8, b"not a chunk"],
        [get(CLOSE), *[NEXT] * 1000],
        [get(CLOSE) + NEXT, *[NEXT] * 1000],
    ],
    ids=["a length", "chunks", "faulty chunks", "other requests", "a pipeline"],
)
async def test_a_client_that_still_sends_gets_the_response(
    echo: EchoServer, pieces: list[bytes]
) -> None:
    responses = await exchange(echo.port, pieces)

    assert [response.status for response in responses] == [200]
    assert responses[0].headers["connection"] == "close"
    assert echo.app.started == 1


class ImpatientProtocol(BoundedHttpProtocol):
    __slots__ = ()
    arrival_seconds = 0.2
    linger_seconds = 0.2


class FrugalProtocol(BoundedHttpProtocol):
    __slots__ = ()
    max_discarded_bytes = 1000


@pytest.mark.parametrize("head", [_early(b"Content-Length: 9\r\n"), get(CLOSE)])
async def test_a_client_that_never_closes_is_disconnected(serve: Serve, head: bytes) -> None:
    echo = await serve(ImpatientProtocol)
    async with open_connection(echo.port) as (reader, writer):
        writer.write(head)
        (response,) = parse_responses(await reader.read())
        assert response.status == 200
        await eventually(lambda: _has_none(echo))


async def test_a_client_that_sends_too_much_is_disconnected(serve: Serve) -> None:
    echo = await serve(FrugalProtocol)
    async with open_connection(echo.port) as (reader, writer):
        writer.write(_early(b"Content-Length: 1000000\r\n"))
        await reader.readuntil(b"}")
        writer.write(MEGABYTE)
        await eventually(lambda: _has_none(echo))


async def _has_none(echo: EchoServer) -> bool:
    return not echo.connections


# Expect: 100-continue


def _expecting(path: bytes, *lines: bytes) -> bytes:
    expect = b"Expect: 100-continue\r\nContent-Length: 2\r\n"
    return b"POST " + path + b" HTTP/1.1\r\n" + HOST + expect + b"".join(lines) + b"\r\n"


@pytest.mark.parametrize("rest", [b"", b"ab", b"ab" + NEXT, NEXT])
async def test_a_body_that_was_not_asked_for_ends_the_connection(
    echo: EchoServer, rest: bytes
) -> None:
    (response,) = await exchange(echo.port, [_expecting(b"/early"), rest])

    assert (response.status, response.headers["connection"]) == (200, "close")
    assert echo.app.started == 1


async def test_a_body_that_was_asked_for_leaves_the_connection_open(echo: EchoServer) -> None:
    async with open_connection(echo.port) as (reader, writer):
        writer.write(_expecting(b"/"))
        assert b" 100 " in await reader.readline()
        writer.write(b"ab" + NEXT)
        first, following = parse_responses((await reader.read()).removeprefix(b"\r\n"))

    assert (first.json()["body"], following.json()["path"]) == ("ab", "/next")
    assert "connection" not in first.headers


async def test_a_client_that_asks_to_close_is_not_kept(echo: EchoServer) -> None:
    async with open_connection(echo.port) as (reader, writer):
        writer.write(_expecting(b"/", CLOSE) + b"ab")
        (response,) = parse_responses(await reader.read())

    assert (response.json()["body"], response.headers["connection"]) == ("ab", "close")
