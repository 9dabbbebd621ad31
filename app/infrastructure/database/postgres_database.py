"""Statements and transactions on PostgreSQL."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from random import uniform
from time import monotonic
from typing import Any, TypeVar

import asyncpg

from app.infrastructure.database.availability import DatabaseAvailability
from app.infrastructure.database.connections import Connections
from app.infrastructure.database.current_unit import (
    current_unit,
    required_unit,
    run_or_roll_back,
)
from app.infrastructure.database.database_status import DatabaseStatus
from app.infrastructure.database.error_translation import ErrorTranslation
from app.infrastructure.database.errors import BROKEN, CONFLICTS, SCHEMA_MISMATCH
from app.infrastructure.database.pool import PooledConnection
from app.infrastructure.database.reference_violations import translate_reference_violations
from app.infrastructure.database.renamed_tables import constraints_named_after
from app.infrastructure.database.row_loader import RowLoader
from app.infrastructure.database.statement_timer import StatementTimer
from app.infrastructure.database.unit_of_work import (
    LocksRequiredError,
    NextVersion,
    UnitOfWork,
    count_rows,
)

T = TypeVar("T")
Query = Callable[[PooledConnection], Awaitable[T]]

TRANSACTION_ATTEMPTS = 3
RETRY_SECONDS = 2.0


class PostgresDatabase(DatabaseStatus):
    """Statements and transactions over one pool.

    A statement runs in the transaction of its task. Outside a transaction it must be a read: it
    is retried once on another connection if its own breaks.
    """

    def __init__(
        self, *, connections: Connections, availability: DatabaseAvailability, timer: StatementTimer
    ) -> None:
        super().__init__(connections=connections, availability=availability)
        self._timer = timer
        self._errors = ErrorTranslation(availability, timer.count_failure)
        self._rows = RowLoader(self.fetch)

    async def fetch(self, sql: str, *arguments: object) -> list[asyncpg.Record]:
        return await self._query(sql, lambda connection: connection.fetch(sql, *arguments))

    async def fetchrow(self, sql: str, *arguments: object) -> asyncpg.Record | None:
        return await self._query(sql, lambda connection: connection.fetchrow(sql, *arguments))

    async def fetch_by_id(self, sql: str, identity: int) -> asyncpg.Record | None:
        """Fetch one row; `sql` selects the rows whose `id` is in the array `$1`.

        Outside a transaction, reads of one turn of the event loop share one statement.
        """
        if current_unit() is not None:
            return await self.fetchrow(sql, [identity])
        self._timer.remember(sql)
        return await self._rows.fetch_row(sql, identity)

    async def execute(self, sql: str, *arguments: object) -> str:
        return await self._query(sql, lambda connection: connection.execute(sql, *arguments))

    async def change_rows(self, sql: str, *arguments: object) -> int:
        """Execute a statement and return the number of changed rows."""
        return count_rows(await self.execute(sql, *arguments))

    async def use_connection(self, query: Query[T]) -> T:
        """Run a query that needs the connection itself, such as COPY."""
        return await self._query("", query)

    async def read_to_change(
        self, table: str, columns: str, identity: int
    ) -> Mapping[str, Any] | None:
        """Read the record `id`, so that its change fails or waits if another one comes first."""
        return await self.run(lambda: required_unit().read_to_change(table, columns, identity))

    async def next_version(self, table: str, identity: int) -> NextVersion | None:
        """Return what the next change of a record stores, None if there is no such record."""
        return await self.run(lambda: required_unit().next_version(table, identity))

    async def change_record(self, table: str, sql: str, identity: int, *arguments: object) -> bool:
        """Insert, update or delete one record, at the end of the use case if that is possible.

        `sql` is an `INSERT … VALUES ($1, …)` or ends in `WHERE id = $1`. Returns False if there is
        no such record. Raises UnknownReferenceError and StillReferencedError.
        """
        with translate_reference_violations(table), constraints_named_after(table):
            return await self.run(lambda: required_unit().change(table, sql, identity, *arguments))

    async def insert_along(self, sql: str, rows: Iterable[tuple[object, ...]]) -> None:
        """Insert rows that belong to the change of a record by an `INSERT … SELECT $1, …`.

        The parameters have casts to types other than text.
        """
        rows = list(rows)
        await self.run(lambda: required_unit().insert_along(sql, rows))

    async def peek(self, sql: str, *arguments: object) -> asyncpg.Record | None:
        """Read one row without opening a transaction, so that nothing keeps it as it is."""
        return await self.run(lambda: required_unit().peek(sql, *arguments))

    @property
    def holds_locks(self) -> bool:
        """Return whether a transaction is open, so that its locks are held until it ends."""
        unit = current_unit()
        return unit is not None and unit.holds_locks

    def proceed_without_lock(self) -> None:
        """Go on as if a lock had been taken: the use case runs again with locks if it fails."""
        if (unit := current_unit()) is not None:
            unit.proceed_without_lock()

    async def run(self, work: Callable[[], Awaitable[T]]) -> T:
        """Implement Transactions.run."""
        if current_unit() is not None:
            return await work()
        try:
            with self._errors.translate_outages():
                return await self._run_with_retries(work)
        except SCHEMA_MISMATCH as error:
            await self._errors.require_current_schema(error)
            raise

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Call `callback` after the running transaction has committed, at once without one."""
        unit = current_unit()
        if unit is None:
            callback()
        else:
            unit.after_commit.append(callback)

    @property
    def in_transaction(self) -> bool:
        return current_unit() is not None

    async def after_commit_attempt(self, callback: Callable[[], Awaitable[None]]) -> None:
        """Await `callback` after the commit of the running transaction, at once without one.

        It also runs when the commit failed: after a broken connection its outcome is unknown.
        """
        unit = current_unit()
        if unit is None:
            await callback()
        else:
            unit.after_commit_attempt.append(callback)

    async def _query(self, sql: str, query: Query[T]) -> T:
        if (unit := current_unit()) is not None:
            await unit.begin()
            return await self._timer.time(sql, query(unit.connection))
        try:
            with self._errors.translate_outages():
                return await self._query_with_retry(sql, query)
        except SCHEMA_MISMATCH as error:
            await self._errors.require_current_schema(error)
            raise

    async def _query_with_retry(self, sql: str, query: Query[T]) -> T:
        try:
            return await self._query_once(sql, query)
        except (TimeoutError, ValueError):
            raise
        except BROKEN:
            return await self._query_once(sql, query)

    async def _query_once(self, sql: str, query: Query[T]) -> T:
        async with self._connections.borrow() as connection:
            return await self._timer.time(sql, query(connection))

    async def _run_with_retries(self, work: Callable[[], Awaitable[T]]) -> T:
        conflicts, with_locks, last_start = 0, False, monotonic() + RETRY_SECONDS
        while True:
            try:
                return await self._run_once(work, with_locks=with_locks)
            except LocksRequiredError:
                last_start = monotonic() + RETRY_SECONDS
            except CONFLICTS:
                conflicts += 1
                if conflicts == TRANSACTION_ATTEMPTS or monotonic() > last_start:
                    raise
                await asyncio.sleep(uniform(0, 0.05 * conflicts))  # noqa: S311 - jitter
            with_locks = True

    async def _run_once(self, work: Callable[[], Awaitable[T]], *, with_locks: bool) -> T:
        callbacks: list[Callable[[], Awaitable[None]]] = []
        try:
            async with self._connections.borrow() as connection:
                unit = UnitOfWork(
                    task=asyncio.current_task(), connection=connection, timer=self._timer
                )
                if with_locks:
                    await unit.begin()
                result = await run_or_roll_back(unit, work)
                callbacks = unit.after_commit_attempt
                await unit.commit()
        except LocksRequiredError:
            callbacks = []
            raise
        finally:
            for after_attempt in callbacks:
                await after_attempt()
        for after_commit in unit.after_commit:
            after_commit()
        return result
