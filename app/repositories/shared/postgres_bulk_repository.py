"""Bulk upserts into a table that has the system fields of `models/shared/record.py`."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import fields
from typing import Any

from app.infrastructure.database.pool import PooledConnection
from app.infrastructure.database.postgres_database import PostgresDatabase
from app.models.shared.import_rows import StoredChange, UpsertResult, ValidRow
from app.models.shared.imported_changes import ImportedChanges
from app.repositories.shared.import_references import (
    ForeignKey,
    find_foreign_keys,
    remove_unknown,
)
from app.repositories.shared.import_unique_keys import (
    ImportedTable,
    find_unique_keys,
    remove_taken,
)
from app.repositories.shared.upsert_statements import UpsertStatements, listed

# An import may wait longer than a request: for another import (1 h), then for a locked row.
LOCK_WAIT_SECONDS = 3600
BATCH_TIMEOUT_SECONDS = 120
_TRANSACTION_SETTINGS = """
    SET LOCAL lock_timeout = '30s';
    SET LOCAL idle_in_transaction_session_timeout = '120s';
    -- The statistics of a table that this transaction fills mislead the planner.
    SET LOCAL enable_seqscan = off;
"""


class PostgresBulkRepository:
    """With `returns_changes`, upserts return each changed record before and after."""

    def __init__(
        self,
        *,
        database: PostgresDatabase,
        table: str,
        key: str,
        columns: Sequence[str],
        changes: ImportedChanges,
        returns_changes: bool,
    ) -> None:
        self._database = database
        self._table = table
        self._key = key
        self._columns = columns
        self._foreign_keys: list[ForeignKey] = []
        self._unique = ImportedTable(table, key, ())
        self._record = changes.record
        self._statements = UpsertStatements(table=table, key=key, columns=columns, changes=changes)
        self._store = self._upsert_with_changes if returns_changes else self._upsert_counting

    async def begin(self) -> None:
        await self._database.use_connection(self._lock_table)
        self._foreign_keys = await self._database.use_connection(
            lambda connection: find_foreign_keys(connection, self._table)
        )
        self._unique = await self._database.use_connection(
            lambda connection: find_unique_keys(connection, self._table, self._key)
        )
        await self._database.execute(_TRANSACTION_SETTINGS)
        await self._database.execute(
            f"""
            CREATE TEMPORARY TABLE import_rows ON COMMIT DROP AS
                SELECT 0::bigint AS _line, 0::integer AS _column_set, {", ".join(self._columns)}
                FROM {self._table} WITH NO DATA;
            CREATE TEMPORARY TABLE import_keys ON COMMIT DROP AS
                SELECT 0::bigint AS _line, {self._key} FROM {self._table} WITH NO DATA;
            ALTER TABLE import_keys ADD PRIMARY KEY ({self._key});
            """
        )

    async def upsert(self, rows: Sequence[ValidRow]) -> UpsertResult:
        if not rows:
            return UpsertResult(0, 0, {})
        column_sets: dict[frozenset[str], int] = {}
        for row in rows:
            column_sets.setdefault(row.explicit_columns, len(column_sets))
        records = ((row.line, column_sets[row.explicit_columns], *row.values) for row in rows)
        return await self._database.use_connection(
            lambda connection: self._upsert(connection, column_sets, records)
        )

    async def _lock_table(self, connection: PooledConnection) -> None:
        """Block other imports and autovacuum, but neither readers nor writers."""
        await connection.execute("SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0")
        await connection.execute(
            f"LOCK TABLE {self._table} IN SHARE UPDATE EXCLUSIVE MODE", timeout=LOCK_WAIT_SECONDS
        )

    async def _upsert(
        self,
        connection: PooledConnection,
        column_sets: dict[frozenset[str], int],
        records: Iterable[tuple[Any, ...]],
    ) -> UpsertResult:
        await connection.execute("TRUNCATE import_rows")
        await connection.copy_records_to_table(
            "import_rows",
            records=records,
            columns=["_line", "_column_set", *self._columns],
            timeout=BATCH_TIMEOUT_SECONDS,
        )
        unknown = await remove_unknown(
            connection, self._foreign_keys, seconds=BATCH_TIMEOUT_SECONDS
        )
        duplicates = await self._remove_duplicates(connection)
        taken = await remove_taken(
            connection, self._unique, column_sets, seconds=BATCH_TIMEOUT_SECONDS
        )
        result = await self._store(connection, column_sets, duplicates)
        return result._replace(unknown=unknown, taken=taken)

    async def _upsert_counting(
        self,
        connection: PooledConnection,
        column_sets: dict[frozenset[str], int],
        duplicates: dict[int, int],
    ) -> UpsertResult:
        inserted = updated = 0
        for explicit_columns, number in column_sets.items():
            counts = await connection.fetch(
                self._statements.count(explicit_columns), number, timeout=BATCH_TIMEOUT_SECONDS
            )
            inserted += counts[0][0]
            updated += counts[0][1]
        return UpsertResult(inserted, updated, duplicates)

    async def _upsert_with_changes(
        self,
        connection: PooledConnection,
        column_sets: dict[frozenset[str], int],
        duplicates: dict[int, int],
    ) -> UpsertResult:
        while True:
            with suppress(_ConcurrentChangeError):
                async with connection.transaction():
                    changes = [
                        change
                        for explicit_columns, number in column_sets.items()
                        for change in await self._upsert_set(connection, explicit_columns, number)
                    ]
                inserted = sum(change.old is None for change in changes)
                return UpsertResult(inserted, len(changes) - inserted, duplicates, changes)

    async def _upsert_set(
        self, connection: PooledConnection, explicit_columns: frozenset[str], number: int
    ) -> list[StoredChange]:
        """Lock and read the rows that differ, then write them."""
        names = [field.name for field in fields(self._record)]
        locked = await connection.fetch(
            self._statements.lock(explicit_columns, names), number, timeout=BATCH_TIMEOUT_SECONDS
        )
        returning = f"{listed(names, 'stored.')}, xmax = 0 AS _is_new"
        written = await connection.fetch(
            self._statements.upsert(explicit_columns, returning),
            number,
            timeout=BATCH_TIMEOUT_SECONDS,
        )
        old = {record["id"]: self._record(**record) for record in locked}
        return [self._change(old, dict(record)) for record in written]

    def _change(self, old: dict[int, Any], written: dict[str, Any]) -> StoredChange:
        is_new = written.pop("_is_new")
        before = old.get(written["id"])
        if before is None and not is_new:
            # Another transaction inserted or changed the row after the rows were locked.
            raise _ConcurrentChangeError
        return StoredChange(before, self._record(**written))

    async def _remove_duplicates(self, connection: PooledConnection) -> dict[int, int]:
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
            timeout=BATCH_TIMEOUT_SECONDS,
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
            timeout=BATCH_TIMEOUT_SECONDS,
        )
        return {record["line"]: record["first"] for record in records}


class _ConcurrentChangeError(Exception):
    pass
