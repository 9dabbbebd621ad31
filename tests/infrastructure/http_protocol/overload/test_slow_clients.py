"""Clients that send or read slowly do not occupy the places of requests that could run."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import pytest
from starlette.types import Receive, Scope, Send
from uvicorn._types import ASGI3Application

from app.exceptions.base import OverloadedError
from app.infrastructure.admission.waiting_line import MAX_WAIT_SECONDS
from app.infrastructure.http_protocol import BoundedHttpProtocol
from tests.infrastructure.http_protocol.conftest import EchoServer
from tests.infrastructure.http_protocol.corpus import get
from tests.infrastructure.http_protocol.overload.conftest import (
    API,
    CLOSE,
    BusyServer,
    patch,
    send,
)
from tests.support.raw_http import exchange, open_connection, parse_responses, reset
from tests.support.waiting import eventually

BODY = b"x" * 100


@asynccontextmanager
async def _slow_upload(
    server: BusyServer,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Run a write whose body is on its way, beside the request that runs."""
    server.admission.limit.value = 2
    raw = patch(BODY, CLOSE)
    async with open_connection(server.echo.port) as (reader, writer):
        writer.write(raw[: -len(BODY)])
        await eventually(lambda: server.echo.app.started == 2)
        await eventually(lambda: server.admission.running == 1)
        yield reader, writer


async def test_a_request_does_not_run_while_its_body_is_on_its_way(busy: BusyServer) -> None:
    async with _slow_upload(busy) as (reader, writer):
        (response,) = await exchange(busy.echo.port, [send(b"GET", CLOSE)])
        assert response.status == 200
        writer.write(BODY[1:])
        await asyncio.sleep(0.05)
        assert busy.admission.running == 1
        writer.write(BODY[:1])
        (response,) = parse_responses(await reader.read())
    assert response.json()["body"] == BODY.decode()
    busy.echo.app.release.set()
    await eventually(lambda: busy.admission.running == 0)


async def test_a_body_that_came_late_waits_for_its_turn(busy: BusyServer) -> None:
    async with _slow_upload(busy) as (reader, writer):
        busy.admission.limit.value = 1
        writer.write(BODY)
        await eventually(lambda: busy.admission.waiting == 1)
        busy.echo.app.release.set()
        (response,) = parse_responses(await reader.read())
    assert response.json()["body"] == BODY.decode()
    await eventually(lambda: busy.admission.running == busy.admission.waiting == 0)


@pytest.fixture
def errors(busy: BusyServer, monkeypatch: pytest.MonkeyPatch) -> list[Exception]:
    """Collect the errors of the application in place of responses."""
    collected: list[Exception] = []
    application = busy.echo.app

    async def run(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await application(scope, receive, send)
        except OverloadedError as error:
            collected.append(error)
            await send({"type": "http.response.start", "status": 503, "headers": []})
            await send({"type": "http.response.body"})

    replacement = cast("ASGI3Application", run)
    start = BoundedHttpProtocol._start_asgi_task  # noqa: SLF001 - to replace the application
    monkeypatch.setattr(
        BoundedHttpProtocol,
        "_start_asgi_task",
        lambda self, cycle, _: start(self, cycle, replacement),
    )
    return collected


async def test_a_body_that_came_late_and_waits_too_long_is_refused(
    busy: BusyServer, errors: list[Exception]
) -> None:
    async with _slow_upload(busy) as (reader, writer):
        busy.admission.limit.value = 1
        writer.write(BODY)
        await eventually(lambda: busy.admission.waiting == 1)
        busy.clock.now += MAX_WAIT_SECONDS + 1
        busy.admission.end_interval(0.1)
        assert b" 503 " in await reader.readline()
    assert len(errors) == busy.admission.refused == 1
    busy.echo.app.release.set()
    await eventually(lambda: busy.admission.running == 0)


async def test_a_body_that_came_late_is_refused_if_the_line_is_full(
    busy: BusyServer, errors: list[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with _slow_upload(busy) as (reader, writer):
        busy.admission.limit.value = 1
        monkeypatch.setattr(busy.admission, "has_place", lambda _, *, is_write: not is_write)
        writer.write(BODY)
        assert b" 503 " in await reader.readline()
    assert len(errors) == busy.admission.refused == 1


@pytest.mark.parametrize("sent", [b"", BODY])
async def test_a_client_that_leaves_before_or_after_its_slow_body_occupies_nothing(
    busy: BusyServer, errors: list[Exception], sent: bytes
) -> None:
    async with _slow_upload(busy) as (_, writer):
        busy.admission.limit.value = 1
        writer.write(sent)
        await eventually(lambda: busy.admission.waiting == bool(sent))
        reset(writer)
        await eventually(lambda: len(busy.echo.connections) == 1)
    busy.echo.app.release.set()
    await eventually(lambda: busy.admission.running == busy.admission.waiting == 0)
    assert len(errors) == bool(sent)


async def test_the_next_request_of_a_client_that_does_not_read_waits(busy: BusyServer) -> None:
    busy.admission.limit.value = 10
    async with open_connection(busy.echo.port) as (reader, writer):
        connection = await _pause_writing(busy.echo)
        writer.write(get(target=API + b"/1") + get(CLOSE, target=API + b"/2"))
        await eventually(lambda: bool(connection.pipeline))
        assert (busy.admission.running, busy.echo.app.started) == (1, 1)
        connection.resume_writing()
        paths = [each.json()["path"] for each in parse_responses(await reader.read())]
    assert paths == ["/api/v1/things/1", "/api/v1/things/2"]
    busy.echo.app.release.set()
    await eventually(lambda: busy.admission.running == 0)


async def test_a_client_that_does_not_read_may_leave(busy: BusyServer) -> None:
    busy.admission.limit.value = 10
    async with open_connection(busy.echo.port) as (_, writer):
        connection = await _pause_writing(busy.echo)
        writer.write(get(target=API))
        await eventually(lambda: connection.idle_since is None)
        reset(writer)
        await eventually(lambda: connection not in busy.echo.connections)
    connection.resume_writing()
    assert (busy.admission.running, busy.echo.app.started) == (1, 1)


async def _pause_writing(echo: EchoServer) -> BoundedHttpProtocol:
    """Return the new connection, as if its client had not read an earlier response."""
    await eventually(lambda: len(echo.connections) == 2)
    connection = next(each for each in echo.connections if each.idle_since is not None)
    connection.pause_writing()
    return connection
