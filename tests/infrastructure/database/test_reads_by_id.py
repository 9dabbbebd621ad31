"""Reads by ID of one turn of the event loop share one statement."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from app.config.settings import Settings
from app.infrastructure.database.opening import open_database
from app.infrastructure.database.postgres_database import PostgresDatabase
from app.infrastructure.database.row_loader import RowLoader

SQL = "SELECT id FROM generate_series(1, 10) AS id WHERE id = ANY($1::integer[])"
TOO_LARGE = 2**40


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[PostgresDatabase]:
    async with open_database(settings) as opened:
        yield opened


async def read(database: PostgresDatabase, identity: int) -> int | None:
    record = await database.fetch_by_id(SQL, identity)
    return None if record is None else int(record["id"])


async def test_every_caller_gets_its_own_row(database: PostgresDatabase) -> None:
    reads = [read(database, identity) for identity in (3, 1, 11, 3)]

    assert await asyncio.gather(*reads) == [3, 1, None, 3]


async def test_reads_of_one_turn_are_one_statement(database: PostgresDatabase) -> None:
    statements: list[list[int]] = []

    async def fetch(sql: str, identities: list[int]) -> list[asyncpg.Record]:
        statements.append(identities)
        return await database.fetch(sql, identities)

    loader = RowLoader(fetch)

    await asyncio.gather(*(loader.fetch_row(SQL, identity) for identity in range(1, 6)))

    assert statements == [[1, 2, 3, 4, 5]]


async def test_an_id_that_the_column_cannot_hold_does_not_fail_other_reads(
    database: PostgresDatabase,
) -> None:
    outcomes = await asyncio.gather(
        *(read(database, identity) for identity in (1, TOO_LARGE, 2)), return_exceptions=True
    )

    assert [outcomes[0], outcomes[2]] == [1, 2]
    assert isinstance(outcomes[1], asyncpg.DataError)


async def test_a_read_in_a_transaction_sees_its_changes(database: PostgresDatabase) -> None:
    async def work() -> int | None:
        await database.execute("CREATE TEMP TABLE mine (id int) ON COMMIT DROP")
        await database.execute("INSERT INTO mine VALUES (7)")
        record = await database.fetch_by_id("SELECT id FROM mine WHERE id = ANY($1)", 7)
        return None if record is None else int(record["id"])

    assert await database.run(work) == 7
