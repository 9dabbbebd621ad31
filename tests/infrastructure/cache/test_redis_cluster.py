"""Redis Cluster: one server has all keys of the service, and its failover is followed."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

import pytest
import redis
from redis.asyncio import Redis
from redis.crc import key_slot

from app.config.settings import Settings
from app.infrastructure.rate_limit.opening import open_rate_limiter
from app.infrastructure.rate_limit.rate_limiter import Decision, RateLimiter
from app.infrastructure.redis.key_names import namespace
from app.infrastructure.redis.opening import open_redis_link
from app.infrastructure.redis.redis_link import RedisLink, RedisUnavailableError
from tests.support.cache_machines import OpenMachine, copy_settings
from tests.support.failover import require_coherence
from tests.support.redis_cluster import RedisCluster, running_cluster
from tests.support.waiting import eventually

LIMIT = 60
DATABASE = "service"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisCluster]:
    # All that matters for the slot is the part in braces: the name of the test database.
    slot = key_slot(f"{{{DATABASE}}}".encode())
    with running_cluster(tmp_path_factory.mktemp("cluster"), slot=slot) as running:
        yield running


@asynccontextmanager
async def limiter_of(settings: Settings) -> AsyncIterator[RateLimiter]:
    """Open the limiter of another process."""
    async with (
        open_redis_link(settings) as link,
        open_rate_limiter(settings, link) as limiter,
    ):
        assert link is not None
        assert link.is_up
        assert limiter is not None
        yield limiter


async def test_two_processes_admit_exactly_the_limit(
    cluster: RedisCluster, settings: Settings
) -> None:
    own = copy_settings(settings, cluster.url).model_copy(update={"rate_limit_per_minute": LIMIT})

    async def admit(limiter: RateLimiter) -> Decision:
        decision = limiter.admit("a client")
        return decision if isinstance(decision, Decision) else await decision

    async with limiter_of(own) as first, limiter_of(own) as second:
        decisions = await asyncio.gather(*(admit(each) for each in [first, second] * LIMIT))

    assert all(decision.is_shared for decision in decisions)
    assert sum(decision.is_admitted for decision in decisions) == LIMIT


async def test_keys_that_are_moved_to_another_server_are_followed(
    cluster: RedisCluster, settings: Settings
) -> None:
    async with open_redis_link(copy_settings(settings, cluster.url)) as link:
        assert link is not None
        for server in (cluster.replica, cluster.owner):
            with redis.Redis.from_url(server.url) as admin:
                await eventually(partial(_is_replica_in_sync, admin))
                admin.execute_command("CLUSTER", "FAILOVER")
            await eventually(partial(_uses, link, server.port))


def _is_replica_in_sync(admin: "redis.Redis") -> bool:
    replication: Any = admin.info("replication")
    return bool(replication.get("master_link_status") == "up")


async def _uses(link: RedisLink, port: int) -> bool:
    with suppress(RedisUnavailableError):
        return await link.call(_find_port) == port
    return False


async def _find_port(client: Redis) -> int:
    found: Any = await client.config_get("port")
    return int(found["port"])


async def test_a_failover_is_followed_and_no_read_is_stale(
    cluster: RedisCluster, open_machine: OpenMachine, settings: Settings
) -> None:
    assert namespace(settings).endswith(f"{{{DATABASE}}}")
    url = cluster.url
    async with open_machine("here", url) as here, open_machine("there", url) as there:
        await require_coherence(here, there, fail=cluster.owner.kill)
