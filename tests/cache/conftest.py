import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import asyncpg
import pytest
from pydantic import SecretStr

from app.config.settings import Settings
from app.infrastructure.cache.cache import Cache, open_cache
from app.infrastructure.cache.redis_link import RedisLink, open_redis_link
from app.infrastructure.database.opening import open_database
from app.infrastructure.database.postgres_database import PostgresDatabase
from app.repositories.products.cached_product_repository import CachedProductRepository
from app.repositories.products.postgres_product_repository import PostgresProductRepository
from devtools.fault_proxy import FaultProxy
from devtools.valkey import PrivateValkey
from tests.cache.slow_products import SlowProducts
from tests.cache.waiting import until


@dataclass(frozen=True)
class Machine:
    """A process with marks of its machine; `slow` is what stands behind its cache."""

    products: CachedProductRepository
    slow: SlowProducts
    cache: Cache
    link: RedisLink | None
    database: PostgresDatabase

    async def is_back(self) -> None:
        """Wait until Redis is used again."""
        link = self.link
        assert link is not None
        await until(lambda: link.is_up and self.cache.marks.redis_is_trusted)


OpenMachine: TypeAlias = Callable[..., AbstractAsyncContextManager[Machine]]


@pytest.fixture
def victim(tmp_path: Path) -> Iterator[PrivateValkey]:
    """A server of the test's own, to do anything with."""
    with PrivateValkey(log=tmp_path / "valkey.log") as server:
        yield server


@pytest.fixture
async def proxy(victim: PrivateValkey) -> AsyncIterator[FaultProxy]:
    async with FaultProxy(target=victim.port) as running:
        yield running


@pytest.fixture
def proxied_url(victim: PrivateValkey, proxy: FaultProxy) -> str:
    return victim.url.replace(f":{victim.port}/", f":{proxy.port}/")


@pytest.fixture
async def direct(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[PostgresDatabase]:
    async with open_database(settings) as opened:
        yield opened


@pytest.fixture
def open_machine(settings: Settings, database: PostgresDatabase, tmp_path: Path) -> OpenMachine:
    """Open one of several machines in this process: their names tell their marks apart."""

    @asynccontextmanager
    async def opened(
        name: str = "here", redis_url: str | None = None, *, settled: bool = True
    ) -> AsyncIterator[Machine]:
        own = settings.model_copy(update={"redis_url": redis_url and SecretStr(redis_url)})
        directory = tmp_path / name
        directory.mkdir(exist_ok=True)
        async with open_redis_link(own) as link:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(tempfile, "tempdir", str(directory))
                cache_opened = open_cache(own, link)
                cache = await cache_opened.__aenter__()
            if link is not None and settled:
                await _settled(cache)
            slow = SlowProducts(PostgresProductRepository(database=database))
            products = CachedProductRepository(stored=slow, cache=cache, database=database)
            try:
                yield Machine(products, slow, cache, link, database)
            finally:
                await cache_opened.__aexit__(None, None, None)

    return opened


async def _settled(cache: Cache) -> None:
    """Wait until Redis is trusted and listened to, which begins everything anew."""
    before = cache.local.mark("anything")
    await until(lambda: cache.marks.redis_is_trusted and cache.local.mark("anything") != before)
