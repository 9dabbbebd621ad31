"""A stopping server answers what has arrived, and says that it closes the connection."""

import asyncio
import socket

import pytest

from app.infrastructure.http_protocol import BoundedHttpProtocol
from app.infrastructure.http_protocol.unread_bytes import has_unread_bytes
from tests.infrastructure.http_protocol.conftest import EchoServer, Serve
from tests.infrastructure.http_protocol.corpus import get
from tests.support.raw_http import LOOPBACK, RawResponse, open_connection, parse_responses
from tests.support.waiting import eventually


class QuickProtocol(BoundedHttpProtocol):
    __slots__ = ()
    drain_seconds = 0.1


@pytest.fixture
async def quick(serve: Serve) -> EchoServer:
    server: EchoServer = await serve(QuickProtocol)
    return server


def _stop(echo: EchoServer) -> None:
    for connection in echo.connections:
        connection.shutdown()


def _paths(responses: list[RawResponse]) -> list[str]:
    return [response.json()["path"] for response in responses]


def _closing(responses: list[RawResponse]) -> list[bool]:
    return [response.headers.get("connection") == "close" for response in responses]


async def test_an_idle_connection_is_closed_without_a_reset(quick: EchoServer) -> None:
    async with open_connection(quick.port) as (reader, writer):
        writer.write(get())
        await reader.readuntil(b"}")
        _stop(quick)
        assert await reader.read() == b""


async def test_the_next_request_of_an_idle_connection_is_answered(quick: EchoServer) -> None:
    async with open_connection(quick.port) as (reader, writer):
        writer.write(get())
        await reader.readuntil(b"]]}")
        _stop(quick)
        writer.write(get(target=b"/last"))
        responses = parse_responses(await reader.read())
    assert _paths(responses) == ["/last"]
    assert _closing(responses) == [True]


@pytest.mark.parametrize("count", [1, 2, 500])
async def test_pipelined_requests_that_have_arrived_are_answered(
    quick: EchoServer, count: int
) -> None:
    async with open_connection(quick.port) as (reader, writer):
        writer.write(get(target=b"/slow") + get(target=b"/next") * (count - 1))
        await eventually(lambda: quick.app.started == 1)
        _stop(quick)
        quick.app.release.set()
        responses = parse_responses(await reader.read())
    assert _paths(responses) == ["/slow", *["/next"] * (count - 1)]
    assert _closing(responses) == [*[False] * (count - 1), True]


async def test_requests_that_arrive_before_the_response_are_answered(quick: EchoServer) -> None:
    async with open_connection(quick.port) as (reader, writer):
        writer.write(get(target=b"/slow"))
        await eventually(lambda: quick.app.started == 1)
        _stop(quick)
        writer.write(get(target=b"/second"))
        await eventually(lambda: len(quick.connections[0].pipeline) == 1)
        writer.write(get(target=b"/third"))
        # The server does not read it before its turn.
        await eventually(lambda: has_unread_bytes(quick.connections[0].transport))
        quick.app.release.set()
        responses = parse_responses(await reader.read())
    assert _paths(responses) == ["/slow", "/second", "/third"]
    assert _closing(responses) == [False, False, True]


async def test_a_request_that_has_begun_to_arrive_is_answered(quick: EchoServer) -> None:
    request = get(target=b"/begun")
    async with open_connection(quick.port) as (reader, writer):
        writer.write(request[:9])
        await eventually(lambda: quick.connections[0]._reads_head)  # noqa: SLF001 - no other sign
        _stop(quick)
        await asyncio.sleep(QuickProtocol.drain_seconds * 3)
        writer.write(request[9:])
        responses = parse_responses(await reader.read())
    assert _paths(responses) == ["/begun"]
    assert _closing(responses) == [True]


async def test_bytes_that_are_not_yet_read_keep_an_idle_connection(serve: Serve) -> None:
    echo: EchoServer = await serve(QuickProtocol, idle_seconds=0)
    with socket.create_connection((LOOPBACK, echo.port)) as client:
        await eventually(lambda: len(echo.connections) == 1)
        (connection,) = echo.connections
        client.sendall(get(b"Connection: close\r\n", target=b"/late"))
        # The event loop has not yet read them.
        connection.timeout_keep_alive_handler()
        assert not connection.transport.is_closing()
        received = await asyncio.to_thread(_read_all, client)
    assert _paths(parse_responses(received)) == ["/late"]


def _read_all(client: socket.socket) -> bytes:
    client.settimeout(20)
    received = b""
    while piece := client.recv(65536):
        received += piece
    return received
