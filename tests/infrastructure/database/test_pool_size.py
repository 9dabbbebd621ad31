"""A worker opens at most DATABASE_POOL_SIZE connections, also if it should keep more open."""

import asyncio

import pytest

from app.config.settings import Settings
from app.infrastructure.database.opening import open_database

CONNECTION = "SELECT pg_backend_pid() FROM pg_sleep(0.1)"


@pytest.mark.usefixtures("long_wait")
async def test_the_pool_size_bounds_the_connections_that_are_kept_open(settings: Settings) -> None:
    sizes = {"database_pool_size": 2, "database_pool_min_size": 10}

    async with open_database(settings.model_copy(update=sizes)) as database:
        rows = await asyncio.gather(*(database.fetchrow(CONNECTION) for _ in range(10)))

    assert len({row["pg_backend_pid"] for row in rows if row}) == 2
