"""One client and many workers, as they run in earnest."""

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
from tests.faults.running import eventually
from tests.server import Server, make_environment
from tests.setup import Tokens

MISSING = "/api/v1/products/1"
LIMIT = 100

StartServer: TypeAlias = Callable[..., Server]


@pytest.fixture
def victim(tmp_path: Path) -> Iterator[PrivateValkey]:
    with PrivateValkey(log=tmp_path / "valkey.log") as server:
        yield server


@pytest.fixture
def start_server(
    victim: PrivateValkey, database_url: str, auth_service: PrivateAuthService, tmp_path: Path
) -> Iterator[StartServer]:
    with ExitStack() as stack:

        def start(*, workers: int) -> Server:
            environment = make_environment(
                database_url,
                auth_service.url,
                tmp_path,
                redis_url=victim.url,
                rate_limit_per_minute=LIMIT,
            )
            server = Server(environment=environment, directory=tmp_path, workers=workers)
            return stack.enter_context(server)

        yield start


def client_of(server: Server, token: str | None = None) -> httpx.AsyncClient:
    """Make a client that connects anew for each request, so that it meets every worker."""
    return httpx.AsyncClient(
        base_url=server.url,
        headers={"Authorization": f"Bearer {token}"} if token else {},
        limits=httpx.Limits(max_keepalive_connections=0),
        trust_env=False,
        timeout=15,
    )


async def ask(*servers: Server, token: str, times: int) -> Counter[int]:
    """Send so many requests at once, and count the statuses."""
    async with AsyncExitStack() as stack:
        opened = [await stack.enter_async_context(client_of(each, token)) for each in servers]
        chosen = (opened[number % len(opened)] for number in range(times))
        answers = await asyncio.gather(*(client.get(MISSING) for client in chosen))
    return Counter(answer.status_code for answer in answers)


async def until_all_say(server: Server, cache: str) -> None:
    """Wait until every worker says so, as far as one meets them."""
    async with client_of(server) as client:

        async def are_of_one_mind() -> bool:
            answers = await asyncio.gather(*(client.get("/health") for _ in range(30)))
            return {answer.json()["cache"] for answer in answers} == {cache}

        await eventually(are_of_one_mind)


async def test_exactly_the_limit_passes_through_4_workers(
    start_server: StartServer, tokens: Tokens
) -> None:
    server = start_server(workers=4)
    await until_all_say(server, "healthy")

    assert await ask(server, token=tokens.user, times=200) == {404: LIMIT, 429: 100}
    assert await ask(server, token=tokens.user, times=50) == {429: 50}
    assert await ask(server, token=tokens.admin, times=20) == {404: 20}


async def test_instances_share_the_limit(start_server: StartServer, tokens: Tokens) -> None:
    servers = [start_server(workers=1), start_server(workers=1)]

    assert await ask(*servers, token=tokens.user, times=200) == {404: LIMIT, 429: 100}


async def test_redis_that_goes_and_comes_leaves_no_client_without_limit(
    victim: PrivateValkey, start_server: StartServer, tokens: Tokens
) -> None:
    server = start_server(workers=4)
    await until_all_say(server, "healthy")
    assert await ask(server, token=tokens.user, times=50) == {404: 50}

    victim.stop()
    passed = sum([(await ask(server, token=tokens.user, times=150))[404] for _ in range(5)])
    await until_all_say(server, "unavailable")
    victim.start()
    await until_all_say(server, "healthy")

    # Each worker by itself, and what it had admitted before counts.
    assert LIMIT - 50 <= passed <= 4 * LIMIT - 50
    assert await ask(server, token=tokens.admin, times=200) == {404: LIMIT, 429: 100}


async def test_requests_during_a_restart_are_all_answered(
    victim: PrivateValkey, start_server: StartServer, tokens: Tokens
) -> None:
    server = start_server(workers=4)

    async def keep_asking() -> list[httpx.Response]:
        async with server.async_client(tokens.user) as client:
            return [await client.get(MISSING) for _ in range(300)]

    asking = [asyncio.create_task(keep_asking()) for _ in range(4)]
    await asyncio.sleep(0.2)
    victim.kill()
    await asyncio.sleep(0.5)
    victim.start()
    answers = [answer for answers in await asyncio.gather(*asking) for answer in answers]

    assert {answer.status_code for answer in answers} == {404, 429}
    assert all("RateLimit" in answer.headers for answer in answers)
    assert sum(answer.status_code == 404 for answer in answers) <= 4 * LIMIT
