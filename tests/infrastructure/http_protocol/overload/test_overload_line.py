"""Requests that wait, and clients that do not."""

import asyncio

import pytest

from app.infrastructure.admission.waiting_line import MAX_WAIT_SECONDS
from app.infrastructure.http_protocol import BoundedHttpProtocol
from tests.infrastructure.http_protocol.conftest import EchoServer
from tests.infrastructure.http_protocol.corpus import NEXT
from tests.infrastructure.http_protocol.overload.conftest import (
    CLOSE,
    BusyServer,
    patch,
    require_overloaded,
    send,
)
from tests.support.raw_http import exchange, open_connection, parse_responses, reset
from tests.support.waiting import eventually

# the line


async def test_a_request_in_the_line_is_served_when_another_ends(busy: BusyServer) -> None:
    waiting = asyncio.create_task(exchange(busy.echo.port, [send(b"GET", CLOSE)]))
    await eventually(lambda: busy.admission.waiting == 1)
    assert busy.echo.app.started == 1
    busy.echo.app.release.set()
    (response,) = await waiting
    assert response.status == 200
    await eventually(lambda: busy.admission.running == 0)


async def test_a_body_that_arrives_in_the_line_is_complete(busy: BusyServer) -> None:
    async with open_connection(busy.echo.port) as (reader, writer):
        raw = patch(b"x" * 100, CLOSE)
        writer.write(raw[:-50])
        await eventually(lambda: busy.admission.waiting == 1)
        writer.write(raw[-50:])
        busy.echo.app.release.set()
        (response,) = parse_responses(await reader.read())
    assert response.json()["body"] == "x" * 100


async def test_a_client_that_has_left_the_line_is_not_served(busy: BusyServer) -> None:
    async with open_connection(busy.echo.port) as (_, writer):
        writer.write(send(b"GET"))
        await eventually(lambda: busy.admission.waiting == 1)
    busy.echo.app.release.set()
    await eventually(lambda: busy.admission.running == busy.admission.waiting == 0)
    assert busy.echo.app.started == 1
    await eventually(lambda: len(busy.echo.connections) <= 1)


async def test_nothing_is_written_for_an_admitted_request_whose_client_has_left(
    busy: BusyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[bytes] = []
    busy.admission.limit.value = 2
    async with open_connection(busy.echo.port) as (reader, writer):
        # The next request waits in the pipeline when the client leaves.
        writer.write(send(b"GET") + send(b"GET", target=b"/api/slow") + send(b"GET"))
        await reader.readline()
        await eventually(lambda: busy.echo.app.started == 3)
        connection = next(each for each in busy.echo.connections if each.pipeline)
        monkeypatch.setattr(connection.cycle.transport, "write", written.append)
        reset(writer)
        await eventually(lambda: connection not in busy.echo.connections)
    busy.echo.app.release.set()
    await eventually(lambda: busy.admission.running == 0)
    assert written == []


async def test_a_half_closed_client_in_the_line_is_refused(busy: BusyServer) -> None:
    async with open_connection(busy.echo.port) as (reader, writer):
        writer.write(send(b"GET"))
        await eventually(lambda: busy.admission.waiting == 1)
        writer.write_eof()
        await asyncio.sleep(0.05)
        busy.echo.app.release.set()
        (response,) = parse_responses(await reader.read())
    require_overloaded(response)
    assert busy.echo.app.started == 1


async def test_what_waits_too_long_is_refused(busy: BusyServer) -> None:
    waiting = asyncio.create_task(exchange(busy.echo.port, [send(b"GET", CLOSE)]))
    await eventually(lambda: busy.admission.waiting == 1)
    busy.clock.now += MAX_WAIT_SECONDS + 1
    busy.admission.end_interval(0.1)
    (response,) = await waiting
    require_overloaded(response)


# clients that do not pause


@pytest.fixture
def exceeded(full: BusyServer) -> BusyServer:
    """The budget for refusals is exceeded."""
    for _ in range(1000):
        full.admission.budget.spend()
    return full


@pytest.fixture
def rests(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Collect the rest before each one, which are all as long as a test needs to see them."""
    earlier: list[float] = []

    def longer_rest(seconds: float) -> float:
        earlier.append(seconds)
        return 0.3

    module = "app.infrastructure.http_protocol.shedding_http_protocol"
    monkeypatch.setattr(f"{module}.longer_rest", longer_rest)
    # A busy machine may need seconds for what a client does without a pause.
    monkeypatch.setattr(f"{module}._RETRY_SECONDS", 60)
    monkeypatch.setattr(f"{module}._QUICK_SECONDS", 30)
    return earlier


async def test_a_client_that_repeats_at_once_rests(
    exceeded: BusyServer, rests: list[float]
) -> None:
    async with open_connection(exceeded.echo.port) as (reader, writer):
        for _ in range(2):
            writer.write(send(b"GET"))
            assert b" 503 " in await reader.readuntil(b"}")
        await eventually(lambda: _reads(exceeded.echo) == 1)

        writer.write(NEXT)
        assert b"/next" in await reader.read()
    assert rests == [0]


async def test_a_client_that_goes_on_rests_longer_each_time(
    exceeded: BusyServer, rests: list[float]
) -> None:
    async with open_connection(exceeded.echo.port) as (reader, writer):
        writer.write(send(b"GET"))
        for _ in range(4):
            await reader.readuntil(b"}")
            writer.write(send(b"GET"))
    assert rests == [0, 0.3, 0.3]


async def test_a_client_that_pauses_rests_shorter_again(
    exceeded: BusyServer, rests: list[float]
) -> None:
    async with open_connection(exceeded.echo.port) as (reader, writer):
        for _ in range(5):
            writer.write(send(b"GET"))
            await reader.readuntil(b"}")
        exceeded.admission.budget.refill(0)
        writer.write(send(b"GET"))
        await reader.readuntil(b"}")
        for _ in range(1000):
            exceeded.admission.budget.spend()
        writer.write(send(b"GET"))
        await reader.readuntil(b"}")
    assert rests == [0, 0.3, 0.3, 0.3, 0.15]


async def test_the_first_refusal_is_followed_by_no_rest(
    exceeded: BusyServer, rests: list[float]
) -> None:
    async with open_connection(exceeded.echo.port) as (reader, writer):
        writer.write(send(b"GET"))
        assert b" 503 " in await reader.readuntil(b"}")
        assert _reads(exceeded.echo) == 2
    assert rests == []


async def test_a_resting_client_may_leave(exceeded: BusyServer, rests: list[float]) -> None:
    async with open_connection(exceeded.echo.port) as (reader, writer):
        for _ in range(2):
            writer.write(send(b"GET"))
            await reader.readuntil(b"}")
    for connection in exceeded.echo.connections:
        if connection.flow.read_paused:
            connection.transport.abort()
    # The rest ends after the connection.
    await asyncio.sleep(0.4)
    assert (len(exceeded.echo.connections), rests) == (1, [0])


def _reads(echo: EchoServer) -> int:
    return sum(not connection.flow.read_paused for connection in echo.connections)


async def test_a_client_that_sends_very_many_requests_at_once_rests_between_them(
    full: BusyServer, rests: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    count = 2000
    async with open_connection(full.echo.port) as (reader, writer):
        writer.write(send(b"GET") * count + NEXT)
        await eventually(lambda: _reads(full.echo) == 1)
        # Those of one piece.
        assert full.admission.refused < 200
        monkeypatch.setattr(BoundedHttpProtocol, "_rest_if_repeating", lambda *_: None)
        assert (await reader.read()).count(b"HTTP/1.1 503") == count
    assert full.admission.refused == count
    assert rests


async def test_refusals_are_not_written_for_a_client_that_reads_nothing(
    full: BusyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(BoundedHttpProtocol, "_rest_if_repeating", lambda *_: None)
    count = 60_000
    async with open_connection(full.echo.port) as (_, writer):
        writer.write(send(b"GET") * count)
        refused = -1
        # Until all buffers between server and client are full.
        while refused < full.admission.refused:
            refused = full.admission.refused
            await asyncio.sleep(0.3)
        assert 0 < refused < count
        assert any(connection.flow.write_paused for connection in full.echo.connections)
