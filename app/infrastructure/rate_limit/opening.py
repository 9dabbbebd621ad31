from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic

from app.config.settings import Settings
from app.infrastructure.rate_limit.allowance_script import AllowanceScript
from app.infrastructure.rate_limit.local_rate_limiter import LocalRateLimiter
from app.infrastructure.rate_limit.rate_limiter import RateLimiter
from app.infrastructure.rate_limit.shared_rate_limiter import SharedRateLimiter
from app.infrastructure.redis.key_names import common_prefix
from app.infrastructure.redis.redis_link import RedisLink


@asynccontextmanager
async def open_rate_limiter(
    settings: Settings, link: RedisLink | None
) -> AsyncIterator[RateLimiter | None]:
    """Open the limiter; yields None with RATE_LIMIT_PER_MINUTE=0."""
    limit = settings.rate_limit_per_minute
    local = LocalRateLimiter(limit=limit, monotonic=monotonic)
    if not limit:
        yield None
    elif link is None:
        yield local
    else:
        script = AllowanceScript(limit=limit, prefix=common_prefix(settings))
        await link.require_access(script.check_access)
        shared = SharedRateLimiter(link=link, script=script, local=local, monotonic=monotonic)
        try:
            yield shared
        finally:
            await shared.aclose()
