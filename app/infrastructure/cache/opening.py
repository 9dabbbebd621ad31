import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256

from app.config.settings import Settings
from app.config.url_rules import authority_of, query_of
from app.infrastructure.cache.cache import Cache
from app.infrastructure.cache.generation_table import GenerationTable, map_generation_table
from app.infrastructure.cache.invalidation_listener import InvalidationListener
from app.infrastructure.cache.redis_cache import RedisCache
from app.infrastructure.metrics.null_metrics import NO_METRICS
from app.infrastructure.redis.key_names import database_name, namespace
from app.infrastructure.redis.redis_link import RedisLink
from app.ports.metrics import Metrics


@asynccontextmanager
async def open_cache(
    settings: Settings, link: RedisLink | None, *, metrics: Metrics = NO_METRICS
) -> AsyncIterator[Cache]:
    """Open the cache; with Redis, a background task applies the invalidations of other machines."""
    digest = sha256(_database_identity(settings).encode()).hexdigest()[:16]
    generations = map_generation_table(f"{settings.service_name}-{digest}")
    if link is None:
        cache = Cache(generations=generations, shared=None, metrics=metrics)
        yield cache
        await cache.aclose()
        return
    shared = _redis_cache(settings, link, generations)
    link.on_recovery(shared.flush)
    await link.require_access(shared.check_access)
    cache = Cache(generations=generations, shared=shared, metrics=metrics)
    listener = InvalidationListener(
        link=link, shared=shared, generations=generations, heartbeat=cache.heartbeat
    )
    listening = asyncio.create_task(listener.run())
    try:
        yield cache
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        await cache.aclose()


def _redis_cache(settings: Settings, link: RedisLink, generations: GenerationTable) -> RedisCache:
    return RedisCache(
        link=link,
        generations=generations,
        namespace=namespace(settings),
        ttl_seconds=settings.cache_ttl_seconds,
    )


def _database_identity(settings: Settings) -> str:
    """Return hosts, ports and name of the database: without credentials, which could be guessed."""
    url = settings.database_url.get_secret_value()
    query = query_of(url)
    hosts = [authority_of(url).rpartition("@")[2], query.get("host", ""), query.get("port", "")]
    return "/".join([*hosts, database_name(settings)])
