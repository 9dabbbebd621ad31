"""Exports to slow clients, to clients that leave, and through failures, from a real server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import asyncpg
import httpx
import pytest

from app.infrastructure.admission.admission import MAX_STREAMS
from tests.support.database import execute
from tests.support.exported_rows import json_rows
from tests.support.problems import problem_of
from tests.support.server import MakeServer, Server
from tests.support.settings_and_clients import Tokens
from tests.support.waiting import eventually
from tests.widgets.factories import WIDGETS

PROTOCOL = "app.infrastructure.http_protocol:BoundedHttpProtocol"
URL = f"{WIDGETS}/export"
# About 9 MB, more than the buffers of both sockets hold before the client reads.
ROWS = 8_000
INSERT = """
    INSERT INTO widgets (code, name, note, category, price, kind)
    SELECT n::text, 'Item', repeat('note ', 190), 'C', 1, 'HW'
    FROM generate_series(1, $1::int) AS n"""


@pytest.fixture
async def many_rows(database_url: str) -> None:
    await execute(database_url, INSERT, ROWS)


@asynccontextmanager
async def started_export(server: Server, tokens: Tokens) -> AsyncIterator[httpx.Response]:
    """Start an export without reading more of it than its headers."""
    headers = {"Authorization": f"Bearer {tokens.user}", "Accept": "application/x-ndjson"}
    async with (
        httpx.AsyncClient(base_url=server.url, headers=headers, trust_env=False) as client,
        client.stream("GET", URL, timeout=60) as response,
    ):
        yield response


@pytest.mark.usefixtures("many_rows")
async def test_slow_clients_hold_no_connection_and_no_memory_of_the_whole(
    make_server: MakeServer, tokens: Tokens
) -> None:
    one = {"database_pool_size": 1, "request_timeout_seconds": 0.5}
    with make_server("--http", PROTOCOL, **one) as server, server.client(tokens.user) as user:
        async with started_export(server, tokens) as response:
            for number in range(1, 6):
                read = await asyncio.to_thread(user.get, f"{WIDGETS}?page={number}")
                assert read.status_code == 200
            # Longer than a request may take: the time of the client does not count.
            await asyncio.sleep(1)
            rows = json_rows(await response.aread())

    assert [row["code"] for row in rows] == [str(number) for number in range(1, ROWS + 1)]


@pytest.mark.usefixtures("many_rows")
async def test_exports_are_bounded_and_those_of_clients_that_have_left_end(
    make_server: MakeServer, tokens: Tokens
) -> None:
    with make_server("--http", PROTOCOL) as server, server.client(tokens.user) as user:
        async with AsyncExitStack() as exports:
            for _ in range(MAX_STREAMS):
                response = await exports.enter_async_context(started_export(server, tokens))
                assert response.status_code == 200
            refused = await asyncio.to_thread(user.head, URL)
            problem_of(await asyncio.to_thread(user.get, URL), 503, "overloaded")
            assert (await asyncio.to_thread(user.get, WIDGETS)).status_code == 200

        async def is_free() -> bool:
            return (await asyncio.to_thread(user.head, URL)).status_code == 200

        assert refused.status_code == 503
        await eventually(is_free)
        output = server.output

    assert "Traceback" not in output


@pytest.mark.usefixtures("many_rows")
async def test_an_error_amid_an_export_breaks_the_connection(
    make_server: MakeServer, tokens: Tokens, database_url: str
) -> None:
    with make_server("--http", PROTOCOL) as server:
        async with started_export(server, tokens) as response:
            # Longer than a statement waits for a lock.
            lock = await asyncpg.connect(database_url)
            await lock.execute("BEGIN; LOCK TABLE widgets")
            with pytest.raises(httpx.RemoteProtocolError, match="incomplete chunked read"):
                await response.aread()
            await lock.close()
        output = server.output

    assert response.status_code == 200
    assert output.count("ended early") == 1
