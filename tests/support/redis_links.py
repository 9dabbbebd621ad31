"""Open links to a Redis server."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import TypeAlias

from app.infrastructure.redis.opening import open_redis_link
from app.infrastructure.redis.redis_link import LinkTiming, RedisLink
from tests.support.settings_and_clients import make_settings

# A process without CPU for a second must not look like an outage of Redis.
PATIENT_TIMING = LinkTiming(connect=20, recovery=20)

OpenLink: TypeAlias = Callable[..., AbstractAsyncContextManager[RedisLink]]


@asynccontextmanager
async def open_link_to(
    url: str, directory: Path, timing: LinkTiming = PATIENT_TIMING
) -> AsyncIterator[RedisLink]:
    settings = make_settings("postgresql://x/x", "http://x", directory, redis_url=url)
    async with open_redis_link(settings, timing=timing) as link:
        assert link is not None
        yield link
