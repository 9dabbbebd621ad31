"""An outage of Redis fails no request; only `/health` reports it."""

from collections.abc import AsyncIterator

import httpx
import pytest

from app.config.settings import Settings
from devtools.valkey import PrivateValkey
from tests.support.redis_outages import OUTAGES, Outage
from tests.support.settings_and_clients import Tokens, make_client, running_app
from tests.support.waiting import eventually

WIDGETS = "/api/v1/widgets"


@pytest.fixture
async def client(
    settings: Settings, tokens: Tokens, own_valkey: PrivateValkey
) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        running_app(settings, redis_url=own_valkey.url, rate_limit_per_minute=100) as app,
        make_client(app, tokens.user) as user,
    ):
        yield user


async def health_of(client: httpx.AsyncClient) -> tuple[str, str]:
    health = (await client.get("/health")).json()
    return health["status"], health["cache"]


async def wait_until_healthy(client: httpx.AsyncClient) -> None:
    async def is_healthy() -> bool:
        return await health_of(client) == ("healthy", "healthy")

    await eventually(is_healthy)


@pytest.mark.parametrize("outage", OUTAGES)
async def test_no_outage_of_redis_fails_a_request(
    own_valkey: PrivateValkey, client: httpx.AsyncClient, outage: Outage
) -> None:
    assert await health_of(client) == ("healthy", "healthy")
    assert (await client.get(WIDGETS)).status_code == 200

    with outage(own_valkey):
        responses = [await client.get(WIDGETS) for _ in range(40)]
        state = await health_of(client)
        report = (await client.get("/health")).text

    assert [response.status_code for response in responses] == [200] * 40
    assert responses[-1].headers["RateLimit"].startswith('"default";r=59;')
    assert state == ("degraded", "unavailable")
    assert own_valkey.password not in report
    assert str(own_valkey.port) not in report
    await wait_until_healthy(client)
    assert (await client.get(WIDGETS)).status_code == 200


async def test_without_redis_the_process_enforces_the_limit(
    own_valkey: PrivateValkey, client: httpx.AsyncClient
) -> None:
    first = [(await client.get(WIDGETS)).status_code for _ in range(60)]
    own_valkey.kill()
    second = [(await client.get(WIDGETS)).status_code for _ in range(60)]
    own_valkey.start()
    await wait_until_healthy(client)

    assert first + second == [200] * 100 + [429] * 20
    assert (await client.get(WIDGETS)).status_code == 429


async def test_a_start_without_redis_fails_no_request(
    settings: Settings, tokens: Tokens, own_valkey: PrivateValkey
) -> None:
    own_valkey.stop()
    async with (
        running_app(settings, redis_url=own_valkey.url, rate_limit_per_minute=100) as app,
        make_client(app, tokens.user) as user,
    ):
        assert (await user.get(WIDGETS)).status_code == 200
        assert (await user.get("/health/ready")).status_code == 200
        assert await health_of(user) == ("degraded", "unavailable")
        own_valkey.start()
        await wait_until_healthy(user)
