"""Real workers share the rate limit of a client."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from typing import TypeAlias

import httpx
import pytest

from devtools.private_auth import PrivateAuthService
from devtools.valkey import PrivateValkey
from tests.support.server import Server, make_environment
from tests.support.settings_and_clients import Tokens
from tests.support.waiting import eventually

MISSING = "/api/v1/widgets/1"
LIMIT = 100
WORKERS = 4

StartServer: TypeAlias = Callable[..., Server]


@pytest.fixture
def own_valkey(tmp_path: Path) -> Iterator[PrivateValkey]:
    with PrivateValkey(log=tmp_path / "valkey.log") as server:
        yield server


@pytest.fixture
def start_server(
    own_valkey: PrivateValkey, database_url: str, auth_service: PrivateAuthService, tmp_path: Path
) -> Iterator[StartServer]:
    with ExitStack() as stack:

        def start(*, workers: int) -> Server:
            environment = make_environment(
                database_url,
                auth_service.url,
                tmp_path,
                redis_url=own_valkey.url,
                rate_limit_per_minute=LIMIT,
            )
            server = Server(environment=environment, directory=tmp_path, workers=workers)
            return stack.enter_context(server)

        yield start


def make_fresh_client(server: Server, token: str | None = None) -> httpx.AsyncClient:
    """Create a client that opens a connection for each request, to reach every worker."""
    return httpx.AsyncClient(
        base_url=server.url,
        headers={"Authorization": f"Bearer {token}"} if token else {},
        limits=httpx.Limits(max_keepalive_connections=0),
        trust_env=False,
        timeout=15,
    )


async def count_statuses(*servers: Server, token: str, times: int) -> Counter[int]:
    """Send requests in parallel and count their statuses."""
    async with AsyncExitStack() as stack:
        opened = [
            await stack.enter_async_context(make_fresh_client(each, token)) for each in servers
        ]
        chosen = (opened[number % len(opened)] for number in range(times))
        responses = await asyncio.gather(*(client.get(MISSING) for client in chosen))
    return Counter(response.status_code for response in responses)


async def wait_until_all_workers(server: Server, condition: str) -> None:
    """Wait until Redis is healthy, or unavailable, in each worker, as their log lines say.

    Requests to /health may all be served by some of the workers.
    """
    difference = WORKERS if condition == "healthy" else 0

    def is_logged() -> bool:
        output = server.output
        up, down = output.count("Redis is healthy"), output.count("Redis is unavailable")
        return up >= WORKERS and up - down == difference

    await eventually(is_logged)


async def test_four_workers_admit_exactly_the_limit(
    start_server: StartServer, tokens: Tokens
) -> None:
    server = start_server(workers=WORKERS)
    await wait_until_all_workers(server, "healthy")

    assert await count_statuses(server, token=tokens.user, times=200) == {404: LIMIT, 429: 100}
    assert await count_statuses(server, token=tokens.user, times=50) == {429: 50}
    assert await count_statuses(server, token=tokens.admin, times=20) == {404: 20}


async def test_instances_share_the_limit(start_server: StartServer, tokens: Tokens) -> None:
    servers = [start_server(workers=1), start_server(workers=1)]

    assert await count_statuses(*servers, token=tokens.user, times=200) == {404: LIMIT, 429: 100}


async def test_a_redis_outage_leaves_no_client_unlimited(
    own_valkey: PrivateValkey, start_server: StartServer, tokens: Tokens
) -> None:
    server = start_server(workers=WORKERS)
    await wait_until_all_workers(server, "healthy")
    assert await count_statuses(server, token=tokens.user, times=50) == {404: 50}

    own_valkey.stop()
    passed = sum(
        [(await count_statuses(server, token=tokens.user, times=150))[404] for _ in range(5)]
    )
    await wait_until_all_workers(server, "unavailable")
    own_valkey.start()
    await wait_until_all_workers(server, "healthy")

    # Each worker enforces the limit alone, and its earlier admissions count.
    assert LIMIT - 50 <= passed <= WORKERS * LIMIT - 50
    assert await count_statuses(server, token=tokens.admin, times=200) == {404: LIMIT, 429: 100}


async def test_all_requests_during_a_redis_restart_get_a_response(
    own_valkey: PrivateValkey, start_server: StartServer, tokens: Tokens
) -> None:
    server = start_server(workers=WORKERS)

    async def send_repeatedly() -> list[httpx.Response]:
        async with server.async_client(tokens.user) as client:
            return [await client.get(MISSING) for _ in range(300)]

    clients = [asyncio.create_task(send_repeatedly()) for _ in range(4)]
    await asyncio.sleep(0.2)
    own_valkey.kill()
    await asyncio.sleep(0.5)
    own_valkey.start()
    responses = [response for responses in await asyncio.gather(*clients) for response in responses]

    assert {response.status_code for response in responses} == {404, 429}
    assert all("RateLimit" in response.headers for response in responses)
    assert sum(response.status_code == 404 for response in responses) <= 4 * LIMIT
