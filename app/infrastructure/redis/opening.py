import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.config.settings import Settings
from app.infrastructure.metrics.null_metrics import NO_METRICS
from app.infrastructure.redis.client import open_client
from app.infrastructure.redis.key_names import common_prefix
from app.infrastructure.redis.redis_link import TIMING, LinkTiming, RedisLink
from app.ports.metrics import Metrics


@asynccontextmanager
async def open_redis_link(
    settings: Settings, *, timing: LinkTiming = TIMING, metrics: Metrics = NO_METRICS
) -> AsyncIterator[RedisLink | None]:
    """Open the link and probe Redis in the background; yields None without REDIS_URL."""
    if settings.redis_url is None:
        yield None
        return
    url, prefix = settings.redis_url.get_secret_value(), common_prefix(settings)
    async with open_client(url, connect_seconds=timing.connect, prefix=prefix) as client:
        link = RedisLink(client, prefix=prefix, timing=timing, metrics=metrics)
        await link.probe()
        watching = asyncio.create_task(link.watch())
        try:
            yield link
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
