"""Removing audit rows in batches keeps the size of the table, and writes little.

ARCHITECTURE.md compares it with partitions.
"""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from app.config.settings import Settings
from app.infrastructure.audit.audit_retention import AuditRetention
from app.infrastructure.database.opening import open_database

ROWS = 10_000


@pytest.fixture
async def direct(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


async def store(direct: asyncpg.Connection, *, days: float) -> None:
    await direct.execute(
        """
        INSERT INTO audit_log
            (occurred_at, request_id, user_id, role, client_ip, action, resource, changes)
        SELECT now() - $2 * interval '1 day', gen_random_uuid()::text, 'user-1', 'admin',
            '10.0.0.1', 'UPDATE_WIDGET', 'widgets/' || n * 7919 % 5000,
            '{"price": {"old": 10.5, "new": 11.5}}'
        FROM generate_series(1, $1::bigint) n
        """,
        ROWS,
        days,
    )


async def wal_bytes(direct: asyncpg.Connection) -> int:
    return int(await direct.fetchval("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn"))


async def table_bytes(direct: asyncpg.Connection) -> int:
    return int(await direct.fetchval("SELECT pg_total_relation_size('audit_log')"))


async def test_removal_keeps_the_size_and_writes_half_of_what_the_rows_did_at_most(
    settings: Settings, direct: asyncpg.Connection
) -> None:
    sizes, stored, removed = [], 0, 0
    async with open_database(settings) as database:
        for age in range(100, 40, -10):
            begun = await wal_bytes(direct)
            await store(direct, days=age)
            stored += (written := await wal_bytes(direct)) - begun
            # All but those that were stored now.
            await AuditRetention(database=database, days=age + 5).remove_old()
            await direct.execute("VACUUM audit_log")
            removed += await wal_bytes(direct) - written
            sizes.append(await table_bytes(direct))

    assert await direct.fetchval("SELECT count(*) FROM audit_log") == ROWS
    assert max(sizes[2:]) < 1.2 * sizes[1]
    assert removed < stored / 2
