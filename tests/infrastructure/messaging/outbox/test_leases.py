"""The relay claims, postpones and releases rows of a large outbox."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest

from app.infrastructure.database.opening import open_database
from app.infrastructure.database.postgres_database import PostgresDatabase
from app.infrastructure.messaging.relay.outbox_leases import OutboxLeases, OutboxRetryPolicy
from tests.support.settings_and_clients import make_settings
from tests.support.waiting import eventually

# Rows that wait for a retry or belong to a parked queue come first, published ones last.
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
    return OutboxLeases(database=database, retry_policy=OutboxRetryPolicy())


async def test_no_row_is_claimed_twice(leases: OutboxLeases) -> None:
    batches = await asyncio.gather(*(leases.claim(100) for _ in range(10)))

    ids = [message.id for batch in batches for message in batch]
    assert len(ids) == len(set(ids)) == 1000


# A stalled machine renews late.
QUICK = OutboxRetryPolicy(lease_seconds=3)


async def test_rows_are_renewed_while_they_are_kept(database: PostgresDatabase) -> None:
    leases = OutboxLeases(database=database, retry_policy=QUICK)
    kept = await _claim(leases)
    others = await _claim(leases)
    async with leases.keep(kept):
        # The other rows are due again, these are not.
        claimed = await _claim_until(others, leases)
        await asyncio.sleep(2 * QUICK.lease_seconds)
        assert not (claimed | await _claim(leases)) & kept
    await _claim_until(kept, leases)


async def _claim(leases: OutboxLeases) -> set[UUID]:
    return {message.id for message in await leases.claim(5000)}


async def _claim_until(wanted: set[UUID], leases: OutboxLeases) -> set[UUID]:
    """Claim until each of these rows has been claimed: not all are due at the same time."""
    claimed: set[UUID] = set()

    async def is_complete() -> bool:
        claimed.update(await _claim(leases))
        return wanted <= claimed

    await eventually(is_complete)
    return claimed


async def test_a_lease_is_not_renewed_after_its_messages_are_released(
    database: PostgresDatabase,
) -> None:
    leases = OutboxLeases(database=database, retry_policy=OutboxRetryPolicy(lease_seconds=0.1))
    ids = [message.id for message in await leases.claim(5000)]
    async with leases.keep(ids):
        await asyncio.sleep(0.3)
    await leases.release(ids)
    await asyncio.sleep(0.3)
    due = await database.fetchrow("SELECT count(*) FROM outbox WHERE due_at > now()")
    assert due is not None
    # Those that wait for a retry, as they did before.
    assert due[0] == 4000


async def test_the_most_urgent_rows_of_a_killed_relay_come_first(
    database: PostgresDatabase,
) -> None:
    leases = OutboxLeases(database=database, retry_policy=QUICK)
    first = await leases.claim(5000)
    assert {message.priority for message in first} == {10, 5}
    again: list[int] = []

    async def claims_again() -> bool:
        again.extend(message.priority for message in await leases.claim(100))
        return bool(again)

    await eventually(claims_again)
    assert set(again) == {10}


async def test_rows_of_a_refused_queue_are_postponed_once(
    leases: OutboxLeases, database: PostgresDatabase
) -> None:
    for _ in range(4):
        batch = await leases.claim(1000, paused_queues=["queue_parked"])
        assert {message.queue for message in batch} == {"queue_parked"}

    batch = await leases.claim(1000, paused_queues=["queue_parked"])

    assert {message.queue for message in batch} == {"queue_other"}
    put_off = await database.fetchrow("""
        SELECT count(*) AS rows FROM outbox WHERE queue = 'queue_parked' AND due_at > now()
    """)
    assert put_off is not None
    assert put_off["rows"] == 4000


async def test_a_released_row_keeps_its_position(leases: OutboxLeases) -> None:
    first = await leases.claim(10)
    await leases.release([message.id for message in first])

    assert [message.id for message in await leases.claim(10)] == [each.id for each in first]


async def test_a_claim_reads_only_the_rows_it_returns(
    leases: OutboxLeases, database: PostgresDatabase
) -> None:
    await database.execute("ANALYZE outbox")
    scanned, fetched = await _reads(database)

    assert len(await leases.claim(100)) == 100

    after = await _reads(database)
    assert after[0] == scanned
    assert after[1] - fetched <= 500


async def _reads(database: PostgresDatabase) -> tuple[int, int]:
    """Return the number of full table scans and of rows fetched through an index."""
    await database.execute("SELECT pg_stat_force_next_flush()")
    record = await database.fetchrow(
        "SELECT seq_scan, idx_tup_fetch FROM pg_stat_user_tables WHERE relname = 'outbox'"
    )
    assert record is not None
    return record["seq_scan"], record["idx_tup_fetch"]


async def test_a_deleted_message_is_not_an_error(leases: OutboxLeases) -> None:
    deleted = UUID(int=0)

    await leases.mark_published([deleted])
    await leases.release([deleted])

    assert await leases.record_failures({deleted: "anything"}) == 0
