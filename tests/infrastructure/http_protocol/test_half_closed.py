"""Clients that close their side, or the whole connection, before they have the response."""

import asyncio

import pytest

from tests.infrastructure.http_protocol.conftest import EchoServer
from tests.infrastructure.http_protocol.corpus import get
from tests.support.raw_http import RawResponse, open_connection, parse_responses, reset
from tests.support.waiting import eventually

SLOW = get(target=b"/slow")
POST_HEAD = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n"


async def _responses_after_half_close(echo: EchoServer, sent: bytes) -> list[RawResponse]:
    async with open_connection(echo.port) as (reader, writer):
        writer.write(sent)
        writer.write_eof()
        await eventually(lambda: _has_seen_the_end(echo))
        echo.app.release.set()
        return parse_responses(await reader.read())


def _has_seen_the_end(echo: EchoServer) -> bool:
    return echo.app.started > 0 and all(each.client_has_finished for each in echo.connections)


@pytest.mark.parametrize("started", [b"", b"GET / HT"], ids=["nothing", "part of a head"])
async def test_a_half_closed_client_gets_the_response_it_waits_for(
    echo: EchoServer, started: bytes
) -> None:
    responses = await _responses_after_half_close(echo, SLOW + started)

    assert [response.status for response in responses] == [200]


async def test_a_half_closed_client_gets_every_response_of_its_pipeline(echo: EchoServer) -> None:
    echo.app.release.set()
    async with open_connection(echo.port) as (reader, writer):
        writer.write(b"".join(get(target=b"/%d" % number) for number in range(300)))
        writer.write_eof()
        responses = parse_responses(await reader.read())

    paths = [response.json()["path"] for response in responses]
    assert paths == [f"/{number}" for number in range(300)]


@pytest.mark.parametrize(
    "incomplete", [b"", b"GET / HTTP/1.1\r\n", POST_HEAD + b"abc"], ids=["idle", "head", "body"]
)
async def test_a_half_closed_connection_without_a_complete_request_is_closed(
    echo: EchoServer, incomplete: bytes
) -> None:
    async with open_connection(echo.port) as (reader, writer):
        writer.write(incomplete)
        writer.write_eof()
        assert await reader.read() == b""

    assert not echo.connections


async def test_nothing_is_written_for_a_client_that_has_gone_while_its_next_request_waits(
    echo: EchoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[bytes] = []
    async with open_connection(echo.port) as (reader, writer):
        writer.write(get() + SLOW + get())
        await reader.readline()
        await eventually(lambda: echo.app.started == 2)
        (connection,) = echo.connections
        # uvloop raises an error when a closed transport is written to.
        monkeypatch.setattr(connection.cycle.transport, "write", written.append)
        reset(writer)
        await eventually(lambda: not echo.connections)
    echo.app.release.set()
    await asyncio.gather(*echo.state.tasks)

    assert written == []
    assert echo.app.started == 2
