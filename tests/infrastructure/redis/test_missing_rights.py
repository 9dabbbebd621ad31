"""A Redis user without a right: Redis counts as unavailable, and the right is named."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import httpx
import pytest
import redis
from asgi_lifespan import LifespanManager

from app.config.settings import Settings
from app.infrastructure import resources
from app.infrastructure.redis.opening import open_redis_link
from devtools.ports import LOOPBACK
from devtools.valkey import PrivateValkey
from tests.support.redis_links import PATIENT_TIMING
from tests.support.service import create_app
from tests.support.settings_and_clients import Tokens, make_client
from tests.support.waiting import eventually

SERVICE, PASSWORD = "limited-service", "a-password-of-the-user"
RULES = (
    *(f"~{SERVICE}:*", f"&{SERVICE}:*", "+@read", "+@write", "+@pubsub", "+@scripting"),
    *("+@connection", "+time"),
)
MISSING = [
    (("resetkeys",), f"the Redis user has no right to all keys {SERVICE}:*"),
    (("resetkeys", "~another:*"), f"the Redis user has no right to all keys {SERVICE}:*"),
    (("resetkeys", f"%R~{SERVICE}:*"), f"the Redis user has no right to all keys {SERVICE}:*"),
    (("resetchannels",), f"the Redis user has no right to all channels {SERVICE}:*"),
    (("resetchannels", "&another"), f"the Redis user has no right to all channels {SERVICE}:*"),
    *(
        ((f"-{command}",), f"the Redis user has no right to the command {command}")
        for command in (
            *(
                "ping",
                "set",
                "get",
                "mget",
                "pttl",
                "publish",
                "subscribe",
                "evalsha",
                "script|load",
            ),
            *("time", "hgetall", "hincrby", "hdel", "pexpire"),
        )
    ),
]


def set_rules(server: PrivateValkey, *rules: str) -> None:
    """Grant the user exactly these rights."""
    with redis.Redis.from_url(server.url) as admin:
        admin.script_flush()
        admin.execute_command(
            "ACL", "SETUSER", "limited", "reset", "on", f">{PASSWORD}", *RULES, *rules
        )


@pytest.fixture(autouse=True)
def patient_link(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = partial(open_redis_link, timing=PATIENT_TIMING)
    monkeypatch.setattr(resources, "open_redis_link", opened)


@pytest.fixture
def limited(settings: Settings, own_valkey: PrivateValkey) -> Settings:
    url = f"redis://limited:{PASSWORD}@{LOOPBACK}:{own_valkey.port}/0"
    changes = {"redis_url": url, "service_name": SERVICE, "rate_limit_per_minute": 1000}
    return Settings.model_validate(settings.model_dump() | changes)


@asynccontextmanager
async def running_app(settings: Settings, token: str) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        LifespanManager(create_app(settings)) as manager,
        make_client(manager.app, token) as client,
    ):
        yield client


async def cache_check(client: httpx.AsyncClient) -> dict[str, object]:
    check: dict[str, object] = (await client.get("/health")).json()["checks"]["cache"]
    return check


async def until_status(client: httpx.AsyncClient, status: str) -> dict[str, object]:
    async def is_reached() -> bool:
        return (await cache_check(client))["status"] == status

    await eventually(is_reached)
    return await cache_check(client)


async def test_a_user_limited_to_the_prefix_of_the_service_is_enough(
    limited: Settings, own_valkey: PrivateValkey, tokens: Tokens
) -> None:
    set_rules(own_valkey)

    async with running_app(limited, tokens.admin) as client:
        assert (await client.get("/api/v1/widgets")).status_code == 200
        check = await cache_check(client)

    assert (check["status"], check["detail"]) == ("healthy", None)
    with redis.Redis.from_url(own_valkey.url) as admin:
        keys = [key.decode() for key in admin.scan_iter()]
    assert any(":value:" in key for key in keys)
    assert any(":rate:" in key for key in keys)
    assert [key for key in keys if not key.startswith(f"{SERVICE}:")] == []


@pytest.mark.parametrize(("rules", "reason"), MISSING, ids=lambda value: str(value)[-30:])
async def test_a_missing_right_is_named_once_and_requests_are_served(
    rules: tuple[str, ...],
    reason: str,
    limited: Settings,
    own_valkey: PrivateValkey,
    tokens: Tokens,
    caplog: pytest.LogCaptureFixture,
) -> None:
    set_rules(own_valkey, *rules)
    caplog.set_level(logging.INFO, "app.infrastructure")

    async with running_app(limited, tokens.admin) as client:
        first = await cache_check(client)
        assert (await client.get("/api/v1/widgets")).status_code == 200
        with redis.Redis.from_url(own_valkey.url) as admin:
            before = int(admin.info("stats")["total_connections_received"])
            await eventually(lambda: probed_again(admin, before))
        second = await cache_check(client)
        health = (await client.get("/health")).json()

    assert {first["status"], second["status"]} == {"unavailable"}
    assert {first["detail"], second["detail"]} == {reason}
    assert health["status"] == "degraded"
    assert PASSWORD not in str(health) + caplog.text
    lines = [line for line in caplog.messages if reason in line]
    assert lines == [f"Redis is misconfigured ({reason})"]


def probed_again(admin: "redis.Redis", before: int) -> bool:
    return int(admin.info("stats")["total_connections_received"]) > before + 1


@pytest.mark.parametrize("rules", [("resetkeys",), ("resetchannels",), ("-evalsha",)])
async def test_a_right_that_is_taken_and_given_back_needs_no_restart(
    rules: tuple[str, ...], limited: Settings, own_valkey: PrivateValkey, tokens: Tokens
) -> None:
    set_rules(own_valkey)

    async with running_app(limited, tokens.admin) as client:
        set_rules(own_valkey, *rules)
        assert (await client.get("/api/v1/widgets")).status_code == 200
        assert "no right" in str((await until_status(client, "unavailable"))["detail"])

        set_rules(own_valkey)
        assert (await until_status(client, "healthy"))["detail"] is None
