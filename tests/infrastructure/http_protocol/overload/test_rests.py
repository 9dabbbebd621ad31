"""Clients that repeat a refused request, and rest until their next one is read."""

import asyncio

import pytest

from app.infrastructure.http_protocol import BoundedHttpProtocol
from tests.infrastructure.http_protocol.conftest import EchoServer
from tests.infrastructure.http_protocol.corpus import NEXT
from tests.infrastructure.http_protocol.overload.conftest import BusyServer, send
from tests.support.raw_http import open_connection
from tests.support.waiting import eventually

SHEDDING = "app.infrastructure.http_protocol.shedding_http_protocol"


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

    monkeypatch.setattr(f"{SHEDDING}.longer_rest", longer_rest)
    # A busy machine may need seconds for what a client does without a pause.
    monkeypatch.setattr(f"{SHEDDING}._RETRY_SECONDS", 60)
    monkeypatch.setattr(f"{SHEDDING}._QUICK_SECONDS", 30)
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


@pytest.mark.parametrize(("quick_seconds", "last_rest"), [(0, 0.15), (30, 0.3)])
async def test_a_client_that_pauses_rests_shorter_again(
    exceeded: BusyServer,
    rests: list[float],
    quick_seconds: float,
    last_rest: float,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with open_connection(exceeded.echo.port) as (reader, writer):
        for _ in range(5):
            writer.write(send(b"GET"))
            await reader.readuntil(b"}")
        monkeypatch.setattr(f"{SHEDDING}._QUICK_SECONDS", quick_seconds)
        exceeded.admission.budget.refill(0)
        writer.write(send(b"GET"))
        await reader.readuntil(b"}")
        for _ in range(1000):
            exceeded.admission.budget.spend()
        writer.write(send(b"GET"))
        await reader.readuntil(b"}")
    assert rests == [0, 0.3, 0.3, 0.3, last_rest]


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
