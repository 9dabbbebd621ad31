"""Faults of a real server process: signals, sockets and workers."""

import asyncio
import json
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TypeAlias

import asyncpg
import httpx
import pytest

from devtools.fault_proxy import FaultProxy
from devtools.private_auth import PrivateAuthService
from tests.support.running_service import is_idle
from tests.support.server import Server, make_environment
from tests.support.settings_and_clients import Tokens
from tests.support.socket_clients import SocketClients, slow_client
from tests.support.traffic import (
    WIDGETS,
    make_widget_body,
    require_exactly_once,
    require_unavailable,
    uncached_list_url,
)
from tests.support.waiting import eventually

PROTOCOL = "tests.support.short_timeout_protocol:ShortTimeoutProtocol"

MakeServer: TypeAlias = Callable[..., Server]


@pytest.fixture
async def make_server(
    proxied_url: str, auth_service: PrivateAuthService, tmp_path: Path
) -> AsyncIterator[MakeServer]:
    """Create servers that are stopped before the proxy."""
    async with AsyncExitStack() as stack:

        def make(*, workers: int = 1, **settings: object) -> Server:
            environment = make_environment(proxied_url, auth_service.url, tmp_path, **settings)
            options = ("--http", PROTOCOL, "--timeout-graceful-shutdown", "15")
            server = Server(
                environment=environment, directory=tmp_path, workers=workers, options=options
            )
            stack.push_async_callback(asyncio.to_thread, server.stop)
            return server

        yield make


async def launch(server: Server, *, until: str = "/health/ready") -> None:
    """Start the server without blocking the event loop, which runs the proxy."""
    server.launch()
    async with server.async_client() as client:

        async def responds() -> bool:
            try:
                return (await client.get(until)).status_code == 200
            except httpx.TransportError:
                return False

        await eventually(responds, seconds=30)


async def test_a_service_starts_without_its_database_and_connects_later(
    make_server: MakeServer, proxy: FaultProxy, tokens: Tokens
) -> None:
    proxy.refuse()
    server = make_server()
    await launch(server, until="/health/live")
    async with server.async_client(tokens.admin) as admin:
        assert (await admin.get("/health/ready")).status_code == 503
        assert (await admin.get("/health")).json()["database"] == "unavailable"
        require_unavailable(await admin.get(uncached_list_url()))

        await proxy.accept()
        await eventually(lambda: _answers(admin, uncached_list_url()), seconds=5)

    lines = [line for line in server.output.splitlines() if "Database is" in line]
    assert len(lines) == 2
    assert "postgresql://" not in server.output


async def _answers(client: httpx.AsyncClient, path: str) -> bool:
    return (await client.get(path)).status_code == 200


async def test_a_stopping_server_completes_every_accepted_request(
    make_server: MakeServer, tokens: Tokens, direct_url: str
) -> None:
    server = make_server(shutdown_grace_seconds=15)
    await launch(server)
    async with server.async_client() as prober:
        await prober.get("/health/ready")
        load = SocketClients(port=server.port, token=tokens.admin)
        clients = asyncio.create_task(load.run(clients=20, pause=0.1))
        await asyncio.sleep(1)

        server.process.send_signal(signal.SIGTERM)
        readiness = await prober.get("/health/ready")
        async with asyncio.timeout(10):
            await clients
        status = await asyncio.to_thread(server.process.wait, 15)

    assert readiness.status_code == 503
    assert load.failures == []
    assert set(load.statuses) == {201}
    assert status in {0, -signal.SIGTERM}
    await require_exactly_once(direct_url, load.acknowledged)


async def test_a_killed_worker_is_replaced_without_disturbing_the_others(
    make_server: MakeServer, tokens: Tokens
) -> None:
    server = make_server(workers=2)
    await launch(server)
    async with server.async_client(tokens.user) as user:
        await eventually(lambda: _has_workers(server, 2))
        own_postgres = server.workers[0]
        os.kill(own_postgres, signal.SIGKILL)
        served = 0
        for _ in range(40):
            # Only connections of the killed worker may break.
            try:
                served += (await user.get(uncached_list_url())).status_code == 200
            except httpx.TransportError:
                served += 0
            await asyncio.sleep(0.02)
        assert served >= 39
        await eventually(lambda: _has_workers(server, 2), seconds=20)
        assert own_postgres not in server.workers


async def _has_workers(server: Server, count: int) -> bool:
    return len(server.workers) == count


async def test_slow_clients_are_disconnected_and_do_not_disturb_others(
    make_server: MakeServer, tokens: Tokens
) -> None:
    server = make_server(request_timeout_seconds=1)
    await launch(server)
    writing = f"POST {WIDGETS} HTTP/1.1\r\nHost: x\r\nContent-Length: 999\r\n"
    admin = f"Authorization: Bearer {tokens.admin}\r\nContent-Type: application/json\r\n"
    kinds = {
        "nothing at all": ("", ""),
        "headers": ("GET / HTTP/1.1\r\nHost: x\r\n", "a"),
        "a body": (f"{writing}{admin}\r\n", "{"),
        "a body sent too slowly": (f"{writing}\r\n", "{"),
    }
    slow = [
        asyncio.create_task(slow_client(server.port, opening.encode(), drip.encode()))
        for opening, drip in kinds.values()
        for _ in range(25)
    ]
    async with server.async_client(tokens.user) as user:
        for _ in range(10):
            async with asyncio.timeout(2):
                assert (await user.get(uncached_list_url())).status_code == 200
    async with asyncio.timeout(10):
        await asyncio.gather(*slow)


async def test_disconnected_clients_leak_no_resources_and_no_partial_writes(
    make_server: MakeServer, tokens: Tokens, direct: asyncpg.Connection, direct_url: str
) -> None:
    server = make_server(database_pool_size=4)
    await launch(server)
    async with server.async_client(tokens.admin) as admin:
        for number in range(8):
            await admin.post(WIDGETS, json=make_widget_body(f"warm {number}"))
        files = Path(f"/proc/{server.process.pid}/fd")
        before = _count(files)
        for number in range(200):
            _disconnect(server.port, tokens.admin, f"gone {number}", resets=number % 2 == 0)

        await eventually(lambda: is_idle(direct))
        await eventually(lambda: _answers_each_time(admin))
        await eventually(lambda: _has_at_most(files, before * 1.05 + 4))
    await require_exactly_once(direct_url, [])


def _disconnect(port: int, token: str, name: str, *, resets: bool) -> None:
    body = json.dumps(make_widget_body(name)).encode()
    head = f"POST {WIDGETS} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(head.encode() + body)
        if resets:
            # A linger time of zero: close() sends RST.
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


async def _answers_each_time(client: httpx.AsyncClient) -> bool:
    return all([await _answers(client, uncached_list_url()) for _ in range(8)])


async def _has_at_most(files: Path, limit: float) -> bool:
    return _count(files) <= limit


def _count(directory: Path) -> int:
    return len(list(directory.iterdir()))
