"""Put all products into Redis, as the service itself does when they are read."""

import asyncio
from collections.abc import Mapping

from app.config.settings import Settings
from app.infrastructure.resources import open_resources
from app.repositories.products.cached_product_repository import CachedProductRepository
from app.repositories.products.postgres_product_repository import PostgresProductRepository

BATCH = 200


async def warm_redis(environment: Mapping[str, str], first: int, count: int) -> None:
    """Read `count` products from ID `first` on, with the settings of the service."""
    values = {name.lower(): value for name, value in environment.items() if value}
    settings = Settings(_env_file=None, **values)  # type: ignore[arg-type] # parsed by pydantic
    async with open_resources(settings) as resources:
        database = resources.database
        products = CachedProductRepository(
            stored=PostgresProductRepository(database=database),
            cache=resources.cache,
            database=database,
        )
        for start in range(first, first + count, BATCH):
            identities = range(start, min(start + BATCH, first + count))
            await asyncio.gather(*map(products.get, identities))
