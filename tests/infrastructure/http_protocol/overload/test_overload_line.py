"""Requests that wait until others end."""

import asyncio

import pytest

from app.infrastructure.admission.waiting_line import MAX_WAIT_SECONDS
from tests.infrastructure.http_protocol.overload.conftest import (
    CLOSE,
    BusyServer,
    patch,
    require_overloaded,
    send,
)
from tests.support.raw_http import exchange, open_connection, parse_responses, reset
from tests.support.waiting import eventually


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
