"""Open the repositories of a domain, which all fulfil one contract, with their transactions."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from pydantic import SecretStr

from app.config.settings import Settings
from app.infrastructure.cache.generation_table import ALL_TAGS
from app.infrastructure.cache.opening import open_cache
from app.infrastructure.database.opening import open_database
from app.infrastructure.redis.opening import open_redis_link
from app.ports.transactions import Transactions
from app.repositories.shared.record_repository import RecordRepository
from tests.support.domain import Domain
from tests.support.fakes import InMemoryTransactions

STORE_KINDS = ["memory", "postgres", "cached", "shared"]


class Store(NamedTuple):
    records: RecordRepository[Any, Any]
    transactions: Transactions


@asynccontextmanager
async def open_store(
    kind: str, domain: Domain, settings: Settings, redis_url: str | None
) -> AsyncIterator[Store]:
    """Open one of STORE_KINDS. "shared" is the cached store with Redis at the URL."""
    if kind == "memory":
        fake = domain.fake()
        yield Store(fake, InMemoryTransactions(fake))
        return
    own = settings.model_copy(update={"redis_url": redis_url and SecretStr(redis_url)})
    async with (
        open_database(own) as database,
        open_redis_link(own) as link,
        open_cache(own, link) as cache,
    ):
        # The database was emptied without invalidating the cache.
        await cache.invalidate(ALL_TAGS)
        stored = domain.postgres(database=database)
        cached = domain.cached(stored=stored, cache=cache, database=database)
        yield Store(stored if kind == "postgres" else cached, database)
