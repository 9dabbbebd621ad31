"""What clients of the service see of a Redis that fails: nothing but `/health`."""

from collections.abc import AsyncIterator

import httpx
import pytest

from app.config.settings import Settings
from devtools.valkey import PrivateValkey
from tests.faults.running import eventually
from tests.infrastructure.redis.outages import OUTAGES, Outage
from tests.setup import Tokens, client_of, running

PRODUCTS = "/api/v1/products"


@pytest.fixture
async def client(
    settings: Settings, tokens: Tokens, victim: PrivateValkey
) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        running(settings, redis_url=victim.url, rate_limit_per_minute=100) as app,
        client_of(app, tokens.user) as user,
    ):
        yield user


async def health_of(client: httpx.AsyncClient) -> tuple[str, str]:
    health = (await client.get("/health")).json()
    return health["status"], health["cache"]


async def until_healthy(client: httpx.AsyncClient) -> None:
    async def is_healthy() -> bool:
        return await health_of(client) == ("healthy", "healthy")

    await eventually(is_healthy)


@pytest.mark.parametrize("outage", OUTAGES)
async def test_no_outage_of_redis_fails_a_request(
    victim: PrivateValkey, client: httpx.AsyncClient, outage: Outage
) -> None:
    assert await health_of(client) == ("healthy", "healthy")
    assert (await client.get(PRODUCTS)).status_code == 200

    with outage(victim):
        answers = [await client.get(PRODUCTS) for _ in range(40)]
        state = await health_of(client)
        report = (await client.get("/health")).text

    assert [answer.status_code for answer in answers] == [200] * 40
    assert answers[-1].headers["RateLimit"].startswith('"default";r=59;')
    assert state == ("degraded", "unavailable")
    assert victim.password not in report
    assert str(victim.port) not in report
    await until_healthy(client)
    assert (await client.get(PRODUCTS)).status_code == 200


async def test_without_redis_the_limit_is_kept_by_the_process(
    victim: PrivateValkey, client: httpx.AsyncClient
) -> None:
    first = [(await client.get(PRODUCTS)).status_code for _ in range(60)]
    victim.kill()
    second = [(await client.get(PRODUCTS)).status_code for _ in range(60)]
    victim.start()
    await until_healthy(client)

    assert first + second == [200] * 100 + [429] * 20
    assert (await client.get(PRODUCTS)).status_code == 429


async def test_redis_that_is_away_at_the_start_fails_nothing(
    settings: Settings, tokens: Tokens, victim: PrivateValkey
) -> None:
    victim.stop()
    async with (
        running(settings, redis_url=victim.url, rate_limit_per_minute=100) as app,
        client_of(app, tokens.user) as user,
    ):
        assert (await user.get(PRODUCTS)).status_code == 200
        assert (await user.get("/health/ready")).status_code == 200
        assert await health_of(user) == ("degraded", "unavailable")
        victim.start()
        await until_healthy(user)
