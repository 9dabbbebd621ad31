import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from app.config.settings import Settings
from app.infrastructure.database.opening import open_database
from app.repositories.shared.postgres_idempotency_repository import (
    DELETE_BATCH_ROWS,
    PostgresIdempotencyRepository,
)


@pytest.fixture
async def records(settings: Settings) -> AsyncIterator[PostgresIdempotencyRepository]:
    async with open_database(settings) as database:
        yield PostgresIdempotencyRepository(database=database)


@pytest.fixture
async def other(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


async def store_keys(other: asyncpg.Connection, count: int, *, hours: float) -> None:
    await other.execute(
        """
        INSERT INTO idempotency_keys
            (caller, key, fingerprint, status, headers, body, created_at)
        SELECT 'caller', $2::float8 || '-' || n, '', 201, '{}', '', now() - $2 * interval '1 hour'
        FROM generate_series(1, $1) n
        """,
        count,
        hours,
    )


async def test_expired_keys_are_removed_in_any_number(
    records: PostgresIdempotencyRepository, other: asyncpg.Connection
) -> None:
    await store_keys(other, 2 * DELETE_BATCH_ROWS + 1, hours=24.1)
    await store_keys(other, 1, hours=23.9)

    removed = await asyncio.gather(*(records.remove_expired() for _ in range(3)))

    assert await records.remove_expired() + sum(removed) == 2 * DELETE_BATCH_ROWS + 1
    assert await other.fetchval("SELECT count(*) FROM idempotency_keys") == 1


async def test_removing_expired_keys_waits_for_no_other_worker(
    records: PostgresIdempotencyRepository, other: asyncpg.Connection
) -> None:
    await store_keys(other, 3, hours=25)
    async with other.transaction():
        await other.execute("SELECT FROM idempotency_keys LIMIT 1 FOR UPDATE")
        assert await records.remove_expired() == 2
