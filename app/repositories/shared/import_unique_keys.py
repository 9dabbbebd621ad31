"""Remove the rows from `import_rows` whose values another record must not have, too.

This concerns the unique constraints of the table apart from the key that rows are known by.
"""

from collections.abc import Sequence
from typing import NamedTuple

from app.infrastructure.database.pool import PooledConnection
from app.models.shared.import_rows import TakenValues

_UNIQUE_KEYS = """
    SELECT array_agg(attname::text ORDER BY position)
    FROM pg_constraint
    CROSS JOIN LATERAL unnest(conkey) WITH ORDINALITY AS part (number, position)
    JOIN pg_attribute ON attrelid = conrelid AND attnum = part.number
    WHERE contype = 'u' AND conrelid = $1::regclass
    GROUP BY pg_constraint.oid, conname
    HAVING array_agg(attname::text) <> ARRAY[$2]
    ORDER BY conname
"""


class ImportedTable(NamedTuple):
    """A table, the column that rows are known by, and the columns of its other unique keys."""

    name: str
    key: str
    unique_keys: Sequence[Sequence[str]]


async def find_unique_keys(connection: PooledConnection, table: str, key: str) -> ImportedTable:
    records = await connection.fetch(_UNIQUE_KEYS, table, key)
    return ImportedTable(table, key, [record[0] for record in records])


async def remove_taken(
    connection: PooledConnection,
    table: ImportedTable,
    column_sets: dict[frozenset[str], int],
    *,
    seconds: float,
) -> list[TakenValues]:
    """Return the removed lines; of equal rows the first one stays.

    A value is taken as long as a record has it, also if a later row changes that record.
    """
    taken: list[TakenValues] = []
    for columns in table.unique_keys:
        for statement in (_stored(table, columns), _repeated(columns)):
            records = await connection.fetch(
                f"WITH rows AS MATERIALIZED ({_rows(table, columns, column_sets)}) {statement}",
                timeout=seconds,
            )
            taken += [TakenValues(line, tuple(columns), first) for line, first in records]
    return taken


def _rows(
    table: ImportedTable, columns: Sequence[str], column_sets: dict[frozenset[str], int]
) -> str:
    """Select what the records will have: a column that a row lacks keeps its stored value."""
    values = ", ".join(f"{_value(name, table.key, column_sets)} AS {name}" for name in columns)
    own = f"""
        LEFT JOIN LATERAL (
            SELECT * FROM {table.name} WHERE {table.key} = import_rows.{table.key} LIMIT 1
        ) AS own ON true
    """
    return f"""
        SELECT _line, import_rows.{table.key} AS _key, {values}
        FROM import_rows {own if "own." in values else ""}
    """


def _value(column: str, key: str, column_sets: dict[frozenset[str], int]) -> str:
    lacking = [str(number) for names, number in column_sets.items() if column not in names]
    if not lacking:
        return f"import_rows.{column}"
    return f"""
        CASE WHEN own.{key} IS NOT NULL AND _column_set IN ({", ".join(lacking)})
            THEN own.{column} ELSE import_rows.{column} END
    """


def _stored(table: ImportedTable, columns: Sequence[str]) -> str:
    # As a scalar: of a join, the planner may read the whole table.
    equal = " AND ".join(f"other.{column} = rows.{column}" for column in columns)
    return f"""
        DELETE FROM import_rows USING rows
        WHERE import_rows._line = rows._line AND (
            SELECT true FROM {table.name} AS other
            WHERE {equal} AND other.{table.key} IS DISTINCT FROM rows._key LIMIT 1
        )
        RETURNING rows._line, NULL::bigint
    """


def _repeated(columns: Sequence[str]) -> str:
    are_known = " AND ".join(f"{column} IS NOT NULL" for column in columns)
    return f"""
        , firsts AS (
            SELECT _line, min(_line) OVER (PARTITION BY {", ".join(columns)}) AS _first
            FROM rows WHERE {are_known}
        )
        DELETE FROM import_rows USING firsts
        WHERE import_rows._line = firsts._line AND _first < firsts._line
        RETURNING firsts._line, _first
    """
