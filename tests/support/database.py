"""Create, read and empty the tables of the database without the ports."""

from typing import Any

import asyncpg

from app.infrastructure.database.migration import migrate
from tests.widgets.table import create_table

# Since they were created or truncated: those with a page of rows, or from which an ID was taken.
_USED_TABLES = """
    SELECT string_agg(oid::regclass::text, ', ') FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
      AND relname <> 'alembic_version'
      AND (pg_relation_size(oid) > 0 OR EXISTS (
          SELECT FROM pg_depend JOIN pg_sequence ON seqrelid = objid
          WHERE refobjid = pg_class.oid AND pg_sequence_last_value(seqrelid) IS NOT NULL
      ))
"""


async def migrate_all(database_url: str) -> None:
    """Create the tables of the application and of the test domain."""
    await migrate(database_url)
    await create_table(database_url)


async def fetch_rows(database_url: str, table: str = "audit_log") -> list[dict[str, Any]]:
    connection = await asyncpg.connect(database_url)
    rows = await connection.fetch(f"SELECT * FROM {table} ORDER BY 1")  # noqa: S608 - ours
    await connection.close()
    return [dict(row) for row in rows]


async def delete_all_rows(database_url: str) -> None:
    """Delete the rows of all tables except the schema version; IDs begin at 1 again."""
    connection = await asyncpg.connect(database_url)
    # A truncation creates new files for the table and its indexes, which most tests do not need.
    tables = await connection.fetchval(_USED_TABLES)
    if tables:
        await connection.execute(f"TRUNCATE {tables} RESTART IDENTITY CASCADE")
    await connection.close()


async def execute(database_url: str, sql: str, *arguments: object) -> None:
    connection = await asyncpg.connect(database_url)
    await connection.execute(sql, *arguments)
    await connection.close()
