"""The indexes of a large audit_log are built while others write."""

import asyncio
from collections.abc import AsyncIterator
from importlib import util

import asyncpg
import pytest

from app.infrastructure.database.migration import migrate
from app.infrastructure.database.schema_version import VERSIONS
from devtools.postgres import PrivatePostgres
from tests.support.waiting import eventually

(FILE,) = VERSIONS.glob("*_audit_search.py")
INSERT = """
    INSERT INTO audit_log (user_id, role, action, resource, changes)
    SELECT 'u', 'admin', 'A', 'a/' || n, '{}' FROM generate_series(1, $1::int) AS n
"""
VALID = """
    SELECT array_agg(indexrelid::regclass::text) FROM pg_index
    WHERE indrelid = 'audit_log'::regclass AND indisvalid
"""
INDEXES = {"audit_log_history_idx", "audit_log_occurred_at_idx", "audit_log_pkey"}


def load_migration() -> dict[str, object]:
    spec = util.spec_from_file_location("audit_search", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return vars(module)


@pytest.fixture
async def url(postgres: PrivatePostgres) -> str:
    """A database as before the migration."""
    migration = load_migration()
    url = postgres.create_database("audit_indexes")
    await migrate(url)
    connection = await asyncpg.connect(url)
    await connection.execute("DROP INDEX audit_log_history_idx, audit_log_occurred_at_idx")
    await connection.execute("CREATE INDEX audit_log_resource_idx ON audit_log (resource, id)")
    await connection.execute("TRUNCATE audit_log")
    await connection.execute("DELETE FROM alembic_version")
    await connection.execute("INSERT INTO alembic_version VALUES ($1)", migration["down_revision"])
    await connection.close()
    return url


@pytest.fixture
async def writer(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(url, server_settings={"lock_timeout": "1s"})
    yield connection
    await connection.close()


async def test_writes_go_on_while_many_rows_are_indexed(
    url: str, writer: asyncpg.Connection
) -> None:
    many = load_migration()["MANY_ROWS"]
    await writer.execute(INSERT, many + 1)  # type: ignore[operator]
    other = await asyncpg.connect(url)
    transaction = other.transaction()
    await transaction.start()
    await other.execute(INSERT, 1)
    migrating = asyncio.create_task(migrate(url))
    await eventually(lambda: _is_building(writer))

    await writer.execute(INSERT, 1)
    await transaction.commit()
    await other.close()
    await migrating

    assert set(await writer.fetchval(VALID)) == INDEXES


async def test_the_indexes_of_few_rows_are_built_in_the_transaction(
    url: str, writer: asyncpg.Connection
) -> None:
    await writer.execute(INSERT, 10)
    # As an interrupted build leaves it.
    await writer.execute("CREATE INDEX audit_log_occurred_at_idx ON audit_log (occurred_at, id)")

    await migrate(url)

    assert set(await writer.fetchval(VALID)) == INDEXES


async def _is_building(connection: asyncpg.Connection) -> bool:
    found = await connection.fetchval(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND wait_event_type = 'Lock' AND query LIKE 'CREATE INDEX CONCURRENTLY%'"
    )
    return bool(found)
