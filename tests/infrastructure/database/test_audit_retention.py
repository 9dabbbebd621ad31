import asyncio
from collections.abc import AsyncIterator
from functools import partial

import asyncpg
import pytest
from asgi_lifespan import LifespanManager

from app import main
from app.config.settings import Settings
from app.infrastructure.audit.audit_retention import BATCH_ROWS, AuditRetention
from app.infrastructure.database.opening import open_database
from app.infrastructure.database.postgres_database import PostgresDatabase
from app.infrastructure.maintenance import run_periodically
from tests.support.service import create_app
from tests.support.waiting import eventually

DAYS = 30


@pytest.fixture
async def retention(settings: Settings) -> AsyncIterator[AuditRetention]:
    async with open_database(settings) as database:
        yield AuditRetention(database=database, days=DAYS)


@pytest.fixture
async def other(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


async def store(other: asyncpg.Connection, count: int, *, days: float) -> None:
    await other.execute(
        """
        INSERT INTO audit_log (occurred_at, user_id, role, action, resource, changes)
        SELECT now() - $2 * interval '1 day', 'u', 'admin', 'CREATE_WIDGET', 'widgets/' || n, '{}'
        FROM generate_series(1, $1) n
        """,
        count,
        days,
    )


async def count_rows(other: asyncpg.Connection) -> int:
    count: int = await other.fetchval("SELECT count(*) FROM audit_log")
    return count


async def test_old_rows_are_removed_in_any_number(
    retention: AuditRetention, other: asyncpg.Connection
) -> None:
    await store(other, 2 * BATCH_ROWS + 1, days=DAYS + 0.1)
    await store(other, 2, days=DAYS - 0.1)

    removed = await asyncio.gather(*(retention.remove_old() for _ in range(3)))

    assert await retention.remove_old() + sum(removed) == 2 * BATCH_ROWS + 1
    assert await count_rows(other) == 2


async def test_rows_of_overlapping_transactions_are_removed_in_any_order(
    retention: AuditRetention, other: asyncpg.Connection
) -> None:
    for days in (DAYS + 2, DAYS - 1, DAYS + 1, DAYS - 2):
        await store(other, 10, days=days)
    assert await retention.remove_old() == 20
    assert await retention.remove_old() == 0


async def test_the_removal_waits_for_no_other_worker(
    retention: AuditRetention, other: asyncpg.Connection
) -> None:
    await store(other, 3, days=DAYS + 1)
    async with other.transaction():
        await other.execute("SELECT FROM audit_log LIMIT 1 FOR UPDATE")
        assert await retention.remove_old() == 2


async def test_the_removal_reads_only_the_oldest_rows(
    settings: Settings, other: asyncpg.Connection
) -> None:
    await store(other, 100, days=DAYS + 1)
    await store(other, 20 * BATCH_ROWS, days=1)
    await other.execute("ANALYZE audit_log")
    async with open_database(settings) as database:
        retention = AuditRetention(database=database, days=DAYS)
        scans, rows = await _reads(database)
        assert await retention.remove_old() == 100
        scans_after, rows_after = await _reads(database)
    assert scans_after == scans
    # Two batches, whose rows are found, checked and deleted.
    assert rows_after - rows <= 5 * BATCH_ROWS


async def _reads(database: PostgresDatabase) -> tuple[int, int]:
    """Return the numbers of full scans and of rows fetched through an index."""
    await database.execute("SELECT pg_stat_force_next_flush()")
    record = await database.fetchrow(
        "SELECT seq_scan, idx_tup_fetch FROM pg_stat_user_tables WHERE relname = 'audit_log'"
    )
    assert record is not None
    return record["seq_scan"], record["idx_tup_fetch"]


@pytest.mark.parametrize(("days", "left"), [(0, 3), (DAYS, 1)], ids=["for ever", "limited"])
async def test_the_service_removes_rows_after_the_setting(
    settings: Settings,
    other: asyncpg.Connection,
    monkeypatch: pytest.MonkeyPatch,
    days: int,
    left: int,
) -> None:
    await store(other, 2, days=DAYS + 1)
    await store(other, 1, days=DAYS - 1)
    await other.execute("""
        INSERT INTO idempotency_keys (caller, key, fingerprint, status, headers, body, created_at)
        VALUES ('caller', 'key', '', 201, '{}', '', now() - interval '2 days')
    """)
    # An hour, in the service.
    monkeypatch.setattr(main, "run_periodically", partial(run_periodically, seconds=0.05))
    application = create_app(settings.model_copy(update={"audit_retention_days": days}))
    async with LifespanManager(application):
        await eventually(lambda: _has_no_expired_key(other))
        await eventually(lambda: _has_rows(other, left))


async def _has_no_expired_key(other: asyncpg.Connection) -> bool:
    return bool(await other.fetchval("SELECT count(*) = 0 FROM idempotency_keys"))


async def _has_rows(other: asyncpg.Connection, count: int) -> bool:
    return await count_rows(other) == count
