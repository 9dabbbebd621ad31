"""The repositories of a domain, each with its transactions: they keep one contract."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from pydantic import SecretStr

from app.config.settings import Settings
from app.infrastructure.cache.cache import open_cache
from app.infrastructure.cache.generation_marks import EVERYTHING
from app.infrastructure.cache.redis_link import open_redis_link
from app.infrastructure.database.opening import open_database
from app.infrastructure.database.transactions import Transactions
from app.repositories.record_repository import RecordRepository
from tests.domains.domain import Domain
from tests.fakes import InMemoryTransactions

KINDS = ["memory", "postgres", "cached", "shared"]


class Store(NamedTuple):
    records: RecordRepository[Any, Any]
    transactions: Transactions


@asynccontextmanager
async def open_store(
    kind: str, domain: Domain, settings: Settings, redis_url: str | None
) -> AsyncIterator[Store]:
    """Open one of KINDS; "shared" is the cached one with Redis, which the URL names."""
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
        # The database was emptied behind its back.
        await cache.changed(EVERYTHING)
        stored = domain.postgres(database=database)
        cached = domain.cached(stored=stored, cache=cache, database=database)
        yield Store(stored if kind == "postgres" else cached, database)
