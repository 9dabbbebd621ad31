import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.config.settings import Settings
from app.infrastructure.database.availability import DatabaseAvailability, ProbeTiming
from app.infrastructure.database.connections import Connections
from app.infrastructure.database.errors import OUTAGE
from app.infrastructure.database.pool import ACQUIRE_SECONDS, Pool, create_pool
from app.infrastructure.database.postgres_database import PostgresDatabase

logger = logging.getLogger(__name__)

CLOSE_SECONDS = 5


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncIterator[PostgresDatabase]:
    """Open a pool that need not find its server: it is served as soon as that is there."""
    dsn = settings.database_url.get_secret_value()
    size = max(settings.database_pool_size, settings.database_pool_min_size)
    pool = await create_pool(dsn, size=size)
    availability = DatabaseAvailability(dsn, timing=ProbeTiming())
    connections = Connections(
        pool=pool, size=size, availability=availability, wait_seconds=ACQUIRE_SECONDS
    )
    watching = asyncio.create_task(availability.watch())
    filling = asyncio.create_task(_fill(connections, availability, settings.database_pool_min_size))
    try:
        await availability.first_looked.wait()
        yield PostgresDatabase(connections=connections, availability=availability)
    finally:
        for task in (watching, filling):
            task.cancel()
        await asyncio.gather(watching, filling, return_exceptions=True)
        await _close(pool)


async def _fill(connections: Connections, availability: DatabaseAvailability, size: int) -> None:
    await availability.first_up.wait()
    await connections.fill(size)


async def _close(pool: Pool) -> None:
    try:
        async with asyncio.timeout(CLOSE_SECONDS):
            await pool.close()
    except (TimeoutError, *OUTAGE):
        logger.warning("Connections to the database are cut: they did not close")
        pool.terminate()
