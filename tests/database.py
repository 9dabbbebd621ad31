"""Ways around the ports: to see what a change left behind, and to start with nothing."""

from typing import Any

import asyncpg


async def rows_of(database_url: str, table: str = "audit_log") -> list[dict[str, Any]]:
    connection = await asyncpg.connect(database_url)
    rows = await connection.fetch(f"SELECT * FROM {table} ORDER BY 1")  # noqa: S608 - ours
    await connection.close()
    return [dict(row) for row in rows]


async def empty(database_url: str) -> None:
    """Remove all rows, whatever tables there are; versions of the schema stay."""
    connection = await asyncpg.connect(database_url)
    tables = await connection.fetchval("""
        SELECT string_agg(quote_ident(tablename), ', ') FROM pg_tables
        WHERE schemaname = 'public' AND tablename <> 'alembic_version'
    """)
    await connection.execute(f"TRUNCATE {tables} RESTART IDENTITY CASCADE")
    await connection.close()
