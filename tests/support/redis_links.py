"""Open links to a Redis server."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import TypeAlias

from app.infrastructure.redis.opening import open_redis_link
from app.infrastructure.redis.redis_link import TIMING, LinkTiming, RedisLink
from tests.support.settings_and_clients import make_settings

OpenLink: TypeAlias = Callable[..., AbstractAsyncContextManager[RedisLink]]


@asynccontextmanager
async def open_link_to(
    url: str, directory: Path, timing: LinkTiming = TIMING
) -> AsyncIterator[RedisLink]:
    settings = make_settings("postgresql://x/x", "http://x", directory, redis_url=url)
    async with open_redis_link(settings, timing=timing) as link:
        assert link is not None
        yield link
