"""Bulk upserts into any table that has the stamps of `models/record.py`."""

from collections.abc import Iterable, Sequence
from typing import Any

from app.infrastructure.database.pool import PooledConnection
from app.infrastructure.database.postgres_database import PostgresDatabase
from app.models.import_rows import Stored, ValidRow

# What bounds a request does not fit an import: it may wait for its turn, and then for a row.
TURN_SECONDS = 3600
BATCH_SECONDS = 120
_LIMITS = """
    SET LOCAL lock_timeout = '30s';
    SET LOCAL idle_in_transaction_session_timeout = '120s';
    -- What is known of a table that this very transaction fills misleads the planner.
    SET LOCAL enable_seqscan = off;
"""


class PostgresBulkRepository:
    def __init__(
        self, *, database: PostgresDatabase, table: str, key: str, columns: Sequence[str]
    ) -> None:
        self._database = database
        self._table = table
        self._key = key
        self._columns = columns

    async def begin(self) -> None:
        await self._database.use(self._take_turn)
        await self._database.execute(_LIMITS)
        await self._database.execute(
            f"""
            CREATE TEMPORARY TABLE import_rows ON COMMIT DROP AS
                SELECT 0::bigint AS _line, 0::integer AS _shape, {", ".join(self._columns)}
                FROM {self._table} WITH NO DATA;
            CREATE TEMPORARY TABLE import_keys ON COMMIT DROP AS
                SELECT 0::bigint AS _line, {self._key} FROM {self._table} WITH NO DATA;
            ALTER TABLE import_keys ADD PRIMARY KEY ({self._key});
            """
        )

    async def upsert(self, rows: Sequence[ValidRow]) -> Stored:
        if not rows:
            return Stored(0, 0, {})
        shapes: dict[frozenset[str], int] = {}
        for row in rows:
            shapes.setdefault(row.given, len(shapes))
        records = ((row.line, shapes[row.given], *row.values) for row in rows)
        return await self._database.use(
            lambda connection: self._upsert(connection, shapes, records)
        )

    async def _take_turn(self, connection: PooledConnection) -> None:
        """Keep other imports and autovacuum waiting, but no reader and no writer."""
        await connection.execute("SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0")
        await connection.execute(
            f"LOCK TABLE {self._table} IN SHARE UPDATE EXCLUSIVE MODE", timeout=TURN_SECONDS
        )

    async def _upsert(
        self,
        connection: PooledConnection,
        shapes: dict[frozenset[str], int],
        records: Iterable[tuple[Any, ...]],
    ) -> Stored:
        await connection.execute("TRUNCATE import_rows")
        await connection.copy_records_to_table(
            "import_rows",
            records=records,
            columns=["_line", "_shape", *self._columns],
            timeout=BATCH_SECONDS,
        )
        repeated = await self._take_out_repeated(connection)
        counts = [
            await connection.fetchrow(self._statement(given), number, timeout=BATCH_SECONDS)
            for given, number in shapes.items()
        ]
        inserted, updated = map(sum, zip(*filter(None, counts), strict=True))
        return Stored(inserted, updated, repeated)

    async def _take_out_repeated(self, connection: PooledConnection) -> dict[int, int]:
        are_new = await connection.fetchval(
            f"""
            WITH added AS (
                INSERT INTO import_keys (_line, {self._key})
                SELECT _line, {self._key} FROM import_rows ORDER BY _line
                ON CONFLICT ({self._key}) DO NOTHING
                RETURNING _line
            )
            SELECT (SELECT count(*) FROM added) = (SELECT count(*) FROM import_rows)
            """,
            timeout=BATCH_SECONDS,
        )
        if are_new:
            return {}
        records = await connection.fetch(
            f"""
            DELETE FROM import_rows USING import_keys
            WHERE import_rows.{self._key} = import_keys.{self._key}
                AND import_rows._line <> import_keys._line
            RETURNING import_rows._line AS line, import_keys._line AS first
            """,
            timeout=BATCH_SECONDS,
        )
        return {record["line"]: record["first"] for record in records}

    def _statement(self, given: frozenset[str]) -> str:
        """Write the upsert of rows that give these columns; numbers come back as one row.

        Rows that are the same already are left out beforehand: ON CONFLICT would lock each,
        even where its WHERE then changes nothing. A subquery and no join, so that the one plan
        is a look-up of each key.
        """
        columns = [column for column in self._columns if column in given]
        others = [column for column in columns if column != self._key]
        changes = "".join(f"{column} = excluded.{column}, " for column in others)
        # A row that was updated bears the lock of its update in xmax, a new one none.
        return f"""
            WITH written AS (
                INSERT INTO {self._table} AS stored ({_list(columns)})
                SELECT {_list(columns)} FROM import_rows
                WHERE _shape = $1 AND (
                    SELECT {_differ(others, "import_rows")} FROM {self._table} AS stored
                    WHERE stored.{self._key} = import_rows.{self._key}
                ) IS NOT FALSE
                ORDER BY _line
                ON CONFLICT ({self._key}) DO UPDATE
                SET {changes}version = stored.version + 1, updated_at = now()
                WHERE {_differ(others, "excluded")}
                RETURNING xmax = 0 AS is_new
            )
            SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new) FROM written
        """


def _list(columns: Iterable[str], prefix: str = "") -> str:
    return ", ".join(f"{prefix}{column}" for column in columns)


def _differ(columns: Sequence[str], source: str) -> str:
    if not columns:
        return "false"
    return f"({_list(columns, 'stored.')}) IS DISTINCT FROM ({_list(columns, source + '.')})"
