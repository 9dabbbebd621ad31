from collections.abc import AsyncIterator

import httpx
import pytest
from pydantic import SecretStr
from starlette.types import ASGIApp

from app.config.settings import Settings
from app.infrastructure.cache.cache import Cache, open_cache
from app.infrastructure.cache.generation_marks import EVERYTHING
from app.infrastructure.cache.redis_link import open_redis_link
from app.infrastructure.database.opening import open_database
from app.infrastructure.database.postgres_database import PostgresDatabase
from app.infrastructure.database.transactions import Transactions
from app.repositories.products.cached_product_repository import CachedProductRepository
from app.repositories.products.postgres_product_repository import PostgresProductRepository
from app.repositories.products.product_repository import ProductRepository
from devtools.private_auth import PrivateAuthService
from devtools.valkey import PrivateValkey
from tests.fakes import InMemoryProductRepository, InMemoryTransactions
from tests.setup import client_of

Store = tuple[ProductRepository, Transactions]


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[PostgresDatabase]:
    async with open_database(settings) as opened:
        yield opened


@pytest.fixture
def postgres_store(database: PostgresDatabase) -> Store:
    return PostgresProductRepository(database=database), database


@pytest.fixture
def memory_store() -> Store:
    products = InMemoryProductRepository()
    return products, InMemoryTransactions(products)


@pytest.fixture
async def cached_store(settings: Settings, database: PostgresDatabase) -> AsyncIterator[Store]:
    async with open_cache(settings, None) as cache:
        yield cached(cache, database), database


@pytest.fixture
async def shared_store(
    settings: Settings, database: PostgresDatabase, valkey: PrivateValkey
) -> AsyncIterator[Store]:
    settings = settings.model_copy(update={"redis_url": SecretStr(valkey.url)})
    async with open_redis_link(settings) as link, open_cache(settings, link) as cache:
        # The database was emptied behind its back.
        await cache.changed(EVERYTHING)
        yield cached(cache, database), database


def cached(cache: Cache, database: PostgresDatabase) -> CachedProductRepository:
    stored = PostgresProductRepository(database=database)
    return CachedProductRepository(stored=stored, cache=cache, database=database)


@pytest.fixture(params=["memory", "postgres", "cached", "shared"])
def store(request: pytest.FixtureRequest) -> Store:
    opened: Store = request.getfixturevalue(f"{request.param}_store")
    return opened


@pytest.fixture
def products(store: Store) -> ProductRepository:
    return store[0]


@pytest.fixture
def transactions(store: Store) -> Transactions:
    return store[1]


@pytest.fixture
async def second_admin(
    app: ASGIApp, auth_service: PrivateAuthService
) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app, auth_service.token("admin", username="eve")) as client:
        yield client
