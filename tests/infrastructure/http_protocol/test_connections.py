import asyncio
from contextlib import AsyncExitStack

import pytest

from app.infrastructure.http_protocol import BoundedHttpProtocol
from app.infrastructure.http_protocol.connection_cap import ConnectionCap
from tests.infrastructure.http_protocol.conftest import EchoServer, Serve
from tests.infrastructure.http_protocol.corpus import NEXT, get
from tests.support.raw_http import exchange, open_connection, parse_responses
from tests.support.waiting import eventually

CONNECTION = "app.infrastructure.http_protocol.connection_cap"

# pipelines


async def test_a_long_pipeline_is_answered_in_order(echo: EchoServer) -> None:
    requests = [get(target=b"/%d" % number) for number in range(3000)]
    responses = await exchange(echo.port, [b"".join(requests) + NEXT])
    paths = [response.json()["path"] for response in responses]
    assert paths == [*(f"/{number}" for number in range(3000)), "/next"]


async def test_requests_are_not_parsed_while_a_response_is_awaited(echo: EchoServer) -> None:
    async with open_connection(echo.port) as (reader, writer):
        writer.write(get(target=b"/slow") + get() * 40_000)
        await eventually(lambda: _is_paused(echo))
        (connection,) = echo.connections
        waiting, is_paused = len(connection.pipeline), connection.flow.read_paused
        echo.app.release.set()
        await reader.readline()

    assert waiting < 200
    assert is_paused


async def _is_paused(echo: EchoServer) -> bool:
    return any(len(connection.pipeline) > 0 for connection in echo.connections)


async def test_pipelined_requests_wait_for_a_client_that_reads_nothing(echo: EchoServer) -> None:
    async with open_connection(echo.port) as (_, writer):
        writer.write(get(target=b"/large") * 1000)
        await eventually(lambda: _is_paused(echo))
        await eventually(lambda: _is_write_paused(echo))
        started = echo.app.started
        for _ in range(100):
            await asyncio.sleep(0)
        assert echo.app.started <= started + 1 < 100


async def _is_write_paused(echo: EchoServer) -> bool:
    return any(connection.flow.write_paused for connection in echo.connections)


# connections


class CappedProtocol(BoundedHttpProtocol):
    __slots__ = ()
    connection_cap = ConnectionCap(3)


async def test_the_oldest_idle_connections_make_room_for_new_ones(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    CappedProtocol.connection_cap = ConnectionCap(3)
    echo = await serve(CappedProtocol)
    async with AsyncExitStack() as stack:
        connections = []
        for number in range(6):
            reader, writer = await stack.enter_async_context(open_connection(echo.port))
            connections.append((reader, writer))
            writer.write(get(target=b"/%d" % number))
            assert b" 200 " in await reader.readline()
        for reader, _ in connections[:3]:
            assert (await reader.read()).endswith(b"}")
        for reader, writer in connections[3:]:
            writer.write(NEXT)
            assert b"/next" in await reader.read()
    warnings = [record for record in caplog.records if record.name == CONNECTION]
    assert len(warnings) == 1


async def test_a_busy_connection_is_never_closed_for_a_new_one(serve: Serve) -> None:
    CappedProtocol.connection_cap = ConnectionCap(2)
    echo = await serve(CappedProtocol)
    async with (
        open_connection(echo.port) as (first, one),
        open_connection(echo.port) as (second, other),
    ):
        for writer in (one, other):
            writer.write(get(b"Connection: close\r\n", target=b"/slow"))
        await eventually(lambda: _have_started(echo, 2))
        async with open_connection(echo.port) as (third, _):
            (refused,) = parse_responses(await third.read())
        echo.app.release.set()
        assert b" 200 " in await first.read()
        assert b" 200 " in await second.read()
    assert (refused.status, refused.headers["retry-after"]) == (503, "1")


async def test_a_connection_with_a_request_that_is_not_read_is_never_closed_for_a_new_one(
    serve: Serve,
) -> None:
    CappedProtocol.connection_cap = ConnectionCap(1)
    echo = await serve(CappedProtocol)
    async with open_connection(echo.port) as (reader, writer):
        await eventually(lambda: len(echo.connections) == 1)
        (connection,) = echo.connections
        connection.flow.pause_reading()
        writer.write(get(b"Connection: close\r\n", target=b"/late"))
        await eventually(connection.has_unread)
        async with open_connection(echo.port) as (other, _):
            (refused,) = parse_responses(await other.read())
        connection.flow.resume_reading()
        (response,) = parse_responses(await reader.read())
    assert (refused.status, response.json()["path"]) == (503, "/late")


async def _have_started(echo: EchoServer, count: int) -> bool:
    return echo.app.started == count


class ShortTimeoutProtocol(BoundedHttpProtocol):
    __slots__ = ()
    arrival_seconds = 0.2
    stall_seconds = 0.2


@pytest.mark.parametrize(
    "raw",
    [b"", b"\r\n", b"GET"],
    ids=["nothing", "an empty line", "a method"],
)
@pytest.mark.parametrize("first", [b"", get()], ids=["at first", "after a request"])
async def test_a_connection_without_request_is_closed(
    serve: Serve, first: bytes, raw: bytes
) -> None:
    echo = await serve(ShortTimeoutProtocol, idle_seconds=1)
    responses = await exchange(echo.port, [first + raw])
    assert [response.status for response in responses] == ([200] if first else [])


@pytest.mark.parametrize("first", [b"", get()], ids=["at first", "after a request"])
@pytest.mark.parametrize("raw", [b"GET /late HT", b"GET /late\r\n", b"GET /late HTTP/1.1\r\nA:"])
async def test_a_head_that_is_not_complete_in_time_gets_a_problem(
    serve: Serve, first: bytes, raw: bytes
) -> None:
    echo = await serve(ShortTimeoutProtocol)
    *_, response = await exchange(echo.port, [first + raw])
    assert (response.status, response.json()["code"]) == (408, "request_timeout")
    assert response.json()["instance"] == "/late"
    assert response.headers["connection"] == "close"


async def test_a_client_that_reads_nothing_is_disconnected(serve: Serve) -> None:
    echo = await serve(ShortTimeoutProtocol)
    async with open_connection(echo.port) as (_, writer):
        writer.write(get(target=b"/large") * 100)
        await eventually(lambda: _is_write_paused(echo))
        await eventually(lambda: _has_none(echo))


async def _has_none(echo: EchoServer) -> bool:
    return not echo.connections


async def test_the_idle_timer_spares_connections_that_were_used_meanwhile(
    echo: EchoServer,
) -> None:
    async with open_connection(echo.port) as (reader, writer):
        writer.write(get())
        await reader.readuntil(b"}")
        (connection,) = echo.connections
        connection.timeout_keep_alive_handler()
        assert not connection.transport.is_closing()

        writer.write(get(target=b"/slow"))
        await eventually(lambda: _have_started(echo, 2))
        connection.timeout_keep_alive_handler()
        echo.app.release.set()
        assert b" 200 " in await reader.readline()
        assert connection.timeout_keep_alive_task is not None
