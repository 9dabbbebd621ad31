"""IDs of handled messages are removed after MESSAGE_RETENTION_DAYS."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from app.config.settings import Settings
from app.infrastructure.database.opening import open_database
from app.infrastructure.database.postgres_database import PostgresDatabase
from app.infrastructure.messaging.consumer.inbox import BATCH_ROWS, Inbox

DAYS = 30


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[PostgresDatabase]:
    async with open_database(settings) as opened:
        yield opened


async def store(database_url: str, count: int, *, days: float) -> None:
    connection = await asyncpg.connect(database_url)
    await connection.execute(
        """
        INSERT INTO inbox (receiver, message_id, handled_at)
        SELECT 'stock-service', $2 || '-' || n, now() - $2::float8 * interval '1 day'
        FROM generate_series(1, $1) n
        """,
        count,
        str(days),
    )
    await connection.close()


async def count_rows(database: PostgresDatabase) -> int:
    record = await database.fetchrow("SELECT count(*) FROM inbox")
    assert record is not None
    count: int = record["count"]
    return count


async def test_old_ids_are_removed_in_any_number_and_new_ones_stay(
    database: PostgresDatabase, database_url: str
) -> None:
    inbox = Inbox(database=database, retention_days=DAYS)
    await store(database_url, 2 * BATCH_ROWS + 1, days=DAYS + 0.1)
    await store(database_url, 2, days=DAYS - 0.1)

    await asyncio.gather(*(inbox.remove_old() for _ in range(3)))
    await inbox.remove_old()

    assert await count_rows(database) == 2


async def test_without_a_limit_ids_stay(database: PostgresDatabase, database_url: str) -> None:
    await store(database_url, 2, days=36_500)

    await Inbox(database=database, retention_days=0).remove_old()

    assert await count_rows(database) == 2
