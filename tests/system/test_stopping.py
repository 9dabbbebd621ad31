"""A stop under load loses no request, with one worker or several, by any signal."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from devtools.private_auth import PrivateAuthService
from tests.support.server import Server, make_environment
from tests.support.settings_and_clients import Tokens
from tests.support.socket_clients import SocketClients
from tests.support.traffic import WIDGETS, require_exactly_once
from tests.support.waiting import eventually

BOUNDED = ("--http", "app.infrastructure.http_protocol:BoundedHttpProtocol")
SLOW_SECONDS = 120
# A loaded machine starts workers slowly; uvicorn kills those that are not ready.
OPTIONS = ("--timeout-graceful-shutdown", "15", "--timeout-worker-healthcheck", "60")

Launch: TypeAlias = Callable[..., "asyncio.Future[Server]"]


@pytest.fixture
async def launch(
    database_url: str, auth_service: PrivateAuthService, tmp_path: Path
) -> AsyncIterator[Launch]:
    """Start a server without blocking the event loop of the clients."""
    servers: list[Server] = []

    async def start(
        *, options: tuple[str, ...] = (*BOUNDED, *OPTIONS), workers: int, **application: str
    ) -> Server:
        environment = make_environment(database_url, auth_service.url, tmp_path)
        server = Server(
            environment=environment,
            directory=tmp_path,
            workers=workers,
            options=options,
            **application,  # type: ignore[arg-type]
        )
        servers.append(server)
        await asyncio.to_thread(server.start)
        if workers > 1:
            await eventually(lambda: _accept(server, workers), seconds=SLOW_SECONDS)
        return server

    yield start  # type: ignore[misc]
    for server in servers:
        await asyncio.to_thread(server.stop)


def _accept(server: Server, workers: int) -> bool:
    return server.output.count("Application startup complete") >= workers


class Load:
    """About 200 requests a second: half of them on new connections, half on kept ones."""

    def __init__(self, server: Server, tokens: Tokens) -> None:
        self.kept = SocketClients(port=server.port, token=tokens.admin)
        self.new = SocketClients(port=server.port, token=tokens.admin, keeps_alive=False)
        self._tasks = [
            asyncio.create_task(clients.run(clients=10, pause=0.1))
            for clients in (self.kept, self.new)
        ]

    async def end(self) -> None:
        """Wait until every client is refused."""
        async with asyncio.timeout(30):
            await asyncio.gather(*self._tasks)

    def require_no_loss(self) -> None:
        for clients in (self.kept, self.new):
            assert clients.failures == []
            assert set(clients.statuses) == {201}


def _to_parent(server: Server) -> None:
    server.process.send_signal(signal.SIGTERM)


def _to_group(server: Server) -> None:
    os.killpg(server.process.pid, signal.SIGTERM)


@pytest.mark.parametrize(
    ("workers", "stop"),
    [(1, _to_parent), (4, _to_parent), (4, _to_group)],
    ids=["one worker", "the parent of four", "all processes"],
)
async def test_a_stop_under_load_loses_no_request(
    launch: Launch,
    tokens: Tokens,
    database_url: str,
    workers: int,
    stop: Callable[[Server], None],
) -> None:
    server = await launch(workers=workers)
    load = Load(server, tokens)
    await asyncio.sleep(1)
    stop(server)
    await load.end()
    await asyncio.to_thread(server.process.wait, 15)
    load.require_no_loss()
    assert "Traceback" not in server.output
    await require_exactly_once(database_url, load.kept.acknowledged + load.new.acknowledged)


@pytest.mark.parametrize("workers", [1, 2], ids=["one worker", "two workers"])
async def test_a_stop_loses_no_request_of_a_service_without_rights(
    launch: Launch, tokens: Tokens, workers: int
) -> None:
    server = await launch(workers=workers, application="tests.support.unprivileged_service:app")
    load = Load(server, tokens)
    await asyncio.sleep(1)
    server.process.send_signal(signal.SIGTERM)
    await load.end()
    load.require_no_loss()


async def test_a_stop_loses_no_new_connection_without_the_protocol(
    launch: Launch, tokens: Tokens
) -> None:
    server = await launch(workers=4, options=OPTIONS)
    new = SocketClients(port=server.port, token=tokens.admin, keeps_alive=False)
    clients = asyncio.create_task(new.run(clients=20, pause=0.1))
    await asyncio.sleep(1)
    server.process.send_signal(signal.SIGTERM)
    async with asyncio.timeout(30):
        await clients
    assert new.failures == []
    assert set(new.statuses) == {201}


async def _restart_by_parent(server: Server) -> None:
    server.process.send_signal(signal.SIGHUP)


async def _stop_one(server: Server) -> None:
    os.kill(server.workers[0], signal.SIGTERM)


async def _stop_all(server: Server) -> None:
    for worker in server.workers:
        os.kill(worker, signal.SIGTERM)


@pytest.mark.parametrize(
    ("replace", "count"),
    [(_restart_by_parent, 2), (_stop_one, 1), (_stop_all, 2)],
    ids=["restarted by the parent", "one stopped", "all stopped at once"],
)
async def test_workers_that_are_replaced_lose_no_request(
    launch: Launch,
    tokens: Tokens,
    replace: Callable[[Server], Awaitable[None]],
    count: int,
) -> None:
    server = await launch(workers=2)
    load = Load(server, tokens)
    await asyncio.sleep(1)
    await replace(server)
    await eventually(lambda: _accept(server, 2 + count), seconds=SLOW_SECONDS)
    await eventually(lambda: _serves(server, tokens), seconds=SLOW_SECONDS)
    await asyncio.to_thread(server.stop)
    await load.end()
    load.require_no_loss()


async def _serves(server: Server, tokens: Tokens) -> bool:
    """Return whether requests on new connections are served, also by the new workers."""
    for _ in range(20):
        async with server.async_client(tokens.user) as client:
            if (await client.get(WIDGETS)).status_code != 200:
                return False
    return True
