"""The statements of the relay against a table of many rows, and against each other."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest

from app.infrastructure.database.opening import open_database
from app.infrastructure.database.postgres_database import PostgresDatabase
from app.infrastructure.messaging.outbox_leases import OutboxLeases, Retrying
from tests.setup import make_settings

# Pending rows in front: waiting for another try, and of a queue that is parked; published behind.
MANY = """
    INSERT INTO outbox (id, queue, priority, from_service, to_service, headers, body, created_at,
                        due_at, published_at)
    SELECT gen_random_uuid(), CASE WHEN i <= 4000 THEN 'queue_parked' ELSE 'queue_other' END,
           CASE WHEN i <= 8000 THEN 10 ELSE 5 END, 'x', 'x', '{}', '{}', moment,
           moment + CASE WHEN i BETWEEN 4001 AND 8000 THEN interval '1 hour' ELSE '0' END,
           CASE WHEN i > 9000 THEN moment END
    FROM generate_series(1, 20000) AS i, (SELECT now() - interval '1 second' AS moment) AS past
"""


@pytest.fixture
async def database(database_url: str, tmp_path: Path) -> AsyncIterator[PostgresDatabase]:
    async with open_database(make_settings(database_url, "http://x", tmp_path)) as opened:
        await opened.execute(MANY)
        yield opened


@pytest.fixture
def leases(database: PostgresDatabase) -> OutboxLeases:
    return OutboxLeases(database=database, retrying=Retrying())


async def test_no_row_is_claimed_twice(leases: OutboxLeases) -> None:
    batches = await asyncio.gather(*(leases.claim(100) for _ in range(10)))

    ids = [message.id for batch in batches for message in batch]
    assert len(ids) == len(set(ids)) == 1000


async def test_what_is_parked_is_put_off_and_stepped_over_once(
    leases: OutboxLeases, database: PostgresDatabase
) -> None:
    for _ in range(4):
        batch = await leases.claim(1000, parked=["queue_parked"])
        assert {message.queue for message in batch} == {"queue_parked"}

    batch = await leases.claim(1000, parked=["queue_parked"])

    assert {message.queue for message in batch} == {"queue_other"}
    put_off = await database.fetchrow("""
        SELECT count(*) AS rows FROM outbox WHERE queue = 'queue_parked' AND due_at > now()
    """)
    assert put_off is not None
    assert put_off["rows"] == 4000


async def test_what_is_released_returns_to_its_place(leases: OutboxLeases) -> None:
    first = await leases.claim(10)
    await leases.released([message.id for message in first])

    assert [message.id for message in await leases.claim(10)] == [each.id for each in first]


async def test_a_claim_reads_the_rows_that_it_takes_and_no_others(
    leases: OutboxLeases, database: PostgresDatabase
) -> None:
    await database.execute("ANALYZE outbox")
    scanned, fetched = await _reads(database)

    assert len(await leases.claim(100)) == 100

    after = await _reads(database)
    assert after[0] == scanned
    assert after[1] - fetched <= 500


async def _reads(database: PostgresDatabase) -> tuple[int, int]:
    """Count the scans of the whole table, and the rows fetched by way of an index."""
    await database.execute("SELECT pg_stat_force_next_flush()")
    record = await database.fetchrow(
        "SELECT seq_scan, idx_tup_fetch FROM pg_stat_user_tables WHERE relname = 'outbox'"
    )
    assert record is not None
    return record["seq_scan"], record["idx_tup_fetch"]


async def test_a_message_that_does_not_exist_any_more_is_no_error(leases: OutboxLeases) -> None:
    gone = UUID(int=0)

    await leases.published([gone])
    await leases.released([gone])

    assert await leases.failed({gone: "anything"}) == 0
