"""A look behind the ports, where a test must see what a change left behind."""

from typing import Any

import asyncpg


async def rows_of(database_url: str, table: str = "audit_log") -> list[dict[str, Any]]:
    connection = await asyncpg.connect(database_url)
    rows = await connection.fetch(f"SELECT * FROM {table} ORDER BY 1")  # noqa: S608 - ours
    await connection.close()
    return [dict(row) for row in rows]
