"""Create, read and empty the tables of the database without the ports."""

from typing import Any

import asyncpg

from app.infrastructure.database.migration import migrate
from tests.widgets.table import create_table


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
    """Delete the rows of all tables except the schema version."""
    connection = await asyncpg.connect(database_url)
    tables = await connection.fetchval("""
        SELECT string_agg(quote_ident(tablename), ', ') FROM pg_tables
        WHERE schemaname = 'public' AND tablename <> 'alembic_version'
    """)
    await connection.execute(f"TRUNCATE {tables} RESTART IDENTITY CASCADE")
    await connection.close()


async def execute(database_url: str, sql: str, *arguments: object) -> None:
    connection = await asyncpg.connect(database_url)
    await connection.execute(sql, *arguments)
    await connection.close()
