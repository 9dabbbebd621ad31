import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from app.config.database_url import parse_database_url
from app.config.settings import Settings
from app.infrastructure.database.availability import DatabaseAvailability, ProbeTiming
from app.infrastructure.database.connections import Connections
from app.infrastructure.database.errors import OUTAGE
from app.infrastructure.database.pool import ACQUIRE_SECONDS, Pool, create_pool
from app.infrastructure.database.postgres_database import PostgresDatabase
from app.infrastructure.database.statement_timer import StatementTimer
from app.infrastructure.logging.slow_work import SlowWork
from app.infrastructure.metrics.null_metrics import NO_METRICS
from app.infrastructure.metrics.samples import sample_pool
from app.ports.metrics import Metrics

logger = logging.getLogger(__name__)

CLOSE_SECONDS = 5


def _ignore(seconds: float) -> None: ...


@asynccontextmanager
async def open_database(
    settings: Settings,
    *,
    record_wait: Callable[[float], None] = _ignore,
    metrics: Metrics = NO_METRICS,
) -> AsyncIterator[PostgresDatabase]:
    """Open a pool; while the server is unavailable, it is probed in the background.

    `record_wait` gets the seconds for which each request has waited for a connection.
    """
    dsn = settings.database_url.get_secret_value()
    size = settings.database_pool_size
    kept = min(size, settings.database_pool_min_size)
    _log_ignored_parameters(dsn)
    pooling = settings.database_pooling
    pool = await create_pool(dsn, size=size, pooling=pooling)
    availability = DatabaseAvailability(dsn, timing=ProbeTiming(), pooling=pooling)
    connections = Connections(
        pool=pool,
        size=size,
        availability=availability,
        wait_seconds=ACQUIRE_SECONDS,
        record_wait=record_wait,
    )
    slow = SlowWork("statement", threshold_ms=settings.slow_statement_ms)
    database = PostgresDatabase(
        connections=connections,
        availability=availability,
        timer=StatementTimer(metrics=metrics, slow=slow),
    )
    sample_pool(metrics, database)
    watching = asyncio.create_task(availability.watch())
    filling = asyncio.create_task(_fill(connections, availability, size=size, min_size=kept))
    try:
        await availability.first_checked.wait()
        yield database
    finally:
        for task in (watching, filling):
            task.cancel()
        await asyncio.gather(watching, filling, return_exceptions=True)
        slow.report_left_out()
        await _close(pool)


def _log_ignored_parameters(dsn: str) -> None:
    if ignored := parse_database_url(dsn).ignored:
        logger.warning("DATABASE_URL: without effect here: %s", ", ".join(ignored))


async def _fill(
    connections: Connections, availability: DatabaseAvailability, *, size: int, min_size: int
) -> None:
    """Open connections before requests need them: over a slow network all that there may be."""
    await availability.first_up.wait()
    await connections.fill(size if availability.is_slow else min_size)


async def _close(pool: Pool) -> None:
    try:
        async with asyncio.timeout(CLOSE_SECONDS):
            await pool.close()
    except (TimeoutError, *OUTAGE):
        logger.warning("Database connections were terminated because they did not close in time")
        pool.terminate()
