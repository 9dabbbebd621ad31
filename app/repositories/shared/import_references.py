"""Remove the rows from `import_rows` that refer to records that do not exist."""

from typing import NamedTuple

from app.infrastructure.database.pool import PooledConnection

_FOREIGN_KEYS = """
    SELECT source.attname, confrelid::regclass::text, key.attname AS target_column
    FROM pg_constraint
    JOIN pg_attribute AS source ON source.attrelid = conrelid AND conkey = ARRAY[source.attnum]
    JOIN pg_attribute AS key ON key.attrelid = confrelid AND confkey = ARRAY[key.attnum]
    WHERE contype = 'f' AND conrelid = $1::regclass
    ORDER BY source.attnum
"""


class ForeignKey(NamedTuple):
    column: str
    target: str
    target_column: str


async def find_foreign_keys(connection: PooledConnection, table: str) -> list[ForeignKey]:
    return [ForeignKey(*record) for record in await connection.fetch(_FOREIGN_KEYS, table)]


async def remove_unknown(
    connection: PooledConnection, keys: list[ForeignKey], *, seconds: float
) -> list[tuple[int, str]]:
    """Return the removed lines with their columns; what the others refer to stays until the end."""
    unknown: list[tuple[int, str]] = []
    for key in keys:
        lines = await connection.fetch(
            f"""
            SELECT _line FROM import_rows
            WHERE {key.column} IS NOT NULL AND NOT EXISTS (
                SELECT FROM {key.target} AS target
                WHERE target.{key.target_column} = import_rows.{key.column} FOR KEY SHARE
            )
            ORDER BY _line
            """,
            timeout=seconds,
        )
        unknown += [(record["_line"], key.column) for record in lines]
    if unknown:
        removed = [line for line, _ in unknown]
        await connection.execute(
            "DELETE FROM import_rows WHERE _line = ANY($1)", removed, timeout=seconds
        )
    return unknown
