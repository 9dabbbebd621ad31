"""More requests than the service can serve. What it can serve is measured in the same run."""

import asyncio
import itertools
import json
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, Protocol

import httpx
import pytest

from devtools.fault_proxy import FaultProxy
from devtools.open_loop import Load, LoadResult, run_load
from devtools.private_auth import PrivateAuthService
from tests.support.liveness_probe import LivenessProbe
from tests.support.server import Server, make_environment
from tests.support.settings_and_clients import Tokens
from tests.support.traffic import WIDGETS, make_widget_body, require_unavailable
from tests.support.waiting import eventually

PROTOCOL = "app.infrastructure.http_protocol:BoundedHttpProtocol"
# Between the service and its database, so that the pool bounds what can be served, not the CPU.
DELAY_SECONDS = 0.01
READ = {"path": f"{WIDGETS}?max_price=1{{n}}"}
WRITE = {"method": "POST", "path": WIDGETS, "body": json.dumps(make_widget_body("Widget"))}


class StartServer(Protocol):
    async def __call__(self, *, workers: int, pool_size: int) -> Server: ...


@pytest.fixture
async def start_server(
    proxied_url: str, proxy: FaultProxy, auth_service: PrivateAuthService, tmp_path: Path
) -> AsyncIterator[StartServer]:
    async with AsyncExitStack() as stack:

        async def start(*, workers: int, pool_size: int) -> Server:
            environment = make_environment(
                proxied_url, auth_service.url, tmp_path, database_pool_size=pool_size
            )
            options = ("--http", PROTOCOL, "--ws", "none", "--no-access-log")
            server = Server(
                environment=environment, directory=tmp_path, workers=workers, options=options
            )
            stack.push_async_callback(asyncio.to_thread, server.stop)
            await asyncio.to_thread(server.start)
            proxy.delay = DELAY_SECONDS
            return server

        yield start


async def send(
    server: Server,
    token: str,
    request: dict[str, Any],
    *,
    seconds: float,
    connections: int,
    rate: float | None = None,
) -> LoadResult:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    load = Load(
        port=server.port,
        headers=headers,
        # A list that is in no cache.
        first_number=int(time.monotonic() * 1000),
        seconds=seconds,
        connections=connections,
        rate=rate,
        **request,
    )
    return await asyncio.to_thread(run_load, load)


@pytest.mark.parametrize(
    ("workers", "pool_size", "request_", "status", "factor"),
    [(1, 4, WRITE, 201, 10), (1, 2, READ, 200, 2), (4, 1, READ, 200, 10)],
    ids=["ten times, writes", "twice, reads", "ten times, four workers"],
)
async def test_beyond_its_capacity_a_service_serves_as_much_as_at_its_peak(
    start_server: StartServer,
    tokens: Tokens,
    tmp_path: Path,
    workers: int,
    pool_size: int,
    request_: dict[str, str],
    status: int,
    factor: int,
) -> None:
    server = await start_server(workers=workers, pool_size=pool_size)
    peak = await send(
        server, tokens.admin, request_, seconds=1.5, connections=workers * pool_size * 3
    )
    rate = peak.per_second(status)

    async with LivenessProbe(server.port) as probe:
        overloaded = await send(
            server, tokens.admin, request_, seconds=3, connections=400, rate=factor * rate
        )

    assert set(overloaded.latencies) == {str(status), "503"}
    assert overloaded.lost == 0
    assert overloaded.per_second(status) >= 0.75 * rate
    # The requests that are served have waited in the line; no other one waits.
    served_after = overloaded.percentile(status, 0.5)
    assert overloaded.percentile(503, 0.5) < served_after / 10
    assert median(probe.latencies) < served_after / 4
    assert server.output.count("Overloaded") <= workers * 10

    await asyncio.sleep(1)
    recovered = await send(server, tokens.admin, request_, seconds=1, connections=50, rate=rate / 2)
    assert set(recovered.latencies) == {str(status)}
    if request_ is WRITE:
        await _require_audited(tmp_path / "audit.log", [peak, overloaded, recovered])


async def _require_audited(log: Path, results: list[LoadResult]) -> None:
    """Check that created records are in the audit log, and requests that were not tried are not."""
    created = sum(result.count(201) for result in results)
    # A response does not wait for its line.
    await eventually(lambda: _outcomes(log)[201] == created)
    assert _outcomes(log)[503] < sum(result.count(503) for result in results) / 4


def _outcomes(log: Path) -> Counter[int]:
    return Counter(json.loads(line)["outcome"] for line in log.read_text().splitlines())


async def test_many_connections_do_not_lower_what_is_served(
    start_server: StartServer, tokens: Tokens
) -> None:
    server = await start_server(workers=1, pool_size=2)
    few = await send(server, tokens.user, READ, seconds=2, connections=8)
    many = await send(server, tokens.user, READ, seconds=4, connections=400)

    assert many.per_second(200) >= 0.5 * few.per_second(200)
    assert set(many.latencies) <= {"200", "503"}


async def test_a_client_without_pauses_does_not_starve_another(
    start_server: StartServer, tokens: Tokens
) -> None:
    server = await start_server(workers=1, pool_size=2)
    greedy = asyncio.create_task(send(server, tokens.admin, READ, seconds=4, connections=300))
    await asyncio.sleep(1)
    modest = await send(server, tokens.user, READ, seconds=2, connections=20, rate=5)
    await greedy

    assert set(modest.latencies) == {"200"}
    assert modest.lost == 0


async def test_an_overloaded_service_says_so(start_server: StartServer, tokens: Tokens) -> None:
    server = await start_server(workers=1, pool_size=4)
    load = asyncio.create_task(
        send(server, tokens.user, READ, seconds=2, connections=300, rate=2000)
    )
    async with server.async_client(tokens.user) as client:
        responses: list[httpx.Response] = []
        # Not twice the same list: one that is cached is served.
        prices = itertools.count(1)
        while not load.done():
            responses += await asyncio.gather(
                *(client.get(WIDGETS, params={"max_price": next(prices)}) for _ in range(60))
            )
    refused = [response for response in responses if response.status_code != 200]

    assert refused
    for response in refused:
        require_unavailable(response)
    assert "overloaded" in {response.json()["code"] for response in refused}
    await load


async def test_a_write_whose_body_comes_during_an_overload_is_told_so(
    start_server: StartServer, tokens: Tokens, tmp_path: Path
) -> None:
    server = await start_server(workers=1, pool_size=2)
    begun: list[None] = []
    is_overloaded = asyncio.Event()
    body = json.dumps(make_widget_body("Late")).encode()

    async def late_body() -> AsyncIterator[bytes]:
        yield body[:5]
        begun.append(None)
        await is_overloaded.wait()
        yield body[5:]

    async with server.async_client(tokens.admin) as client:
        client.headers["Content-Type"] = "application/json"
        uploads = asyncio.gather(*(client.post(WIDGETS, content=late_body()) for _ in range(20)))
        await eventually(lambda: len(begun) == 20)
        load = asyncio.create_task(send(server, tokens.admin, WRITE, seconds=3, connections=300))
        await eventually(lambda: "Overloaded: refused" in server.output)
        is_overloaded.set()
        refused = [each for each in await uploads if each.status_code not in {201, 409}]
    await load

    assert refused
    for response in refused:
        require_unavailable(response)
        assert response.json()["code"] == "overloaded"
        identifier = response.headers["x-request-id"]
        await eventually(partial(_is_in, tmp_path / "audit.log", identifier))


def _is_in(file: Path, text: str) -> bool:
    return text in file.read_text()
