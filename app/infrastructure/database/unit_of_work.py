"""The statements of one use case: at the end in a single one, or in a transaction with locks."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import Any, NamedTuple, TypeAlias

import asyncpg
from asyncpg.transaction import Transaction

from app.infrastructure.database.combined_statement import combine
from app.infrastructure.database.errors import OUTAGE
from app.infrastructure.database.pool import PooledConnection
from app.infrastructure.database.statement_timer import BEGIN, COMMIT, ROLLBACK, StatementTimer

# Every number of rows is another statement to prepare.
MAX_COMBINED_ROWS = 16


class LocksRequiredError(Exception):
    """The use case must run again in a transaction that locks the records that it reads."""


def count_rows(status: str) -> int:
    """Return the number of rows in a command tag, such as `UPDATE 1`."""
    return int(status.rsplit(maxsplit=1)[-1])


Row: TypeAlias = tuple[object, ...]


class _Change(NamedTuple):
    """`written` is the statement as the repository wrote it."""

    sql: str
    arguments: Row
    written: str


class NextVersion(NamedTuple):
    """Version and time that a record gets by its next change."""

    version: int
    updated_at: datetime


class _Read(NamedTuple):
    """Row of a record that was read to be changed, without a lock.

    Every change of a row changes its `xmin`, also one that does not count its versions.
    """

    table: str
    identity: int
    xmin: int


@dataclass(kw_only=True)
class UnitOfWork:
    """Statements of one use case, on one connection.

    A use case that reads one record, decides and changes it takes two exchanges with the database:
    the read takes no lock, and what is to be written waits until the end. Then one statement
    changes the record if it is still the row that was read, and inserts its audit row, messages
    and stored response. Where that does not fit, `LocksRequiredError` ends the attempt: another
    transaction has changed or locked the row, the server refuses the statement, or the use case
    reads or changes more than one record.

    Any other statement opens a transaction, in which every statement is executed at once.
    """

    task: "asyncio.Task[Any] | None"
    connection: PooledConnection
    timer: StatementTimer
    after_commit: list[Callable[[], None]] = field(default_factory=list)
    after_commit_attempt: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    # Whether the attempt has no effect, also if the use case catches LocksRequiredError.
    requires_locks: bool = False
    # Whether the use case goes on without a lock that it needs: see `proceed_without_lock`.
    lacks_lock: bool = False
    _transaction: Transaction | None = None
    _read: _Read | None = None
    _next: dict[tuple[str, int], NextVersion] = field(default_factory=dict)
    _change: _Change | None = None
    _rows: dict[str, list[Row]] = field(default_factory=dict)

    @property
    def holds_locks(self) -> bool:
        """Return whether a transaction is open, so that rows that were read stay locked."""
        return self._transaction is not None

    def proceed_without_lock(self) -> None:
        """Go on as if a lock had been taken.

        If the use case fails or opens a transaction after this, it runs again with locks.
        """
        self.lacks_lock = not self.holds_locks

    async def begin(self) -> None:
        """Open a transaction, unless one is open."""
        if self._transaction is not None:
            return
        if self._read or self._change or self._rows or self.lacks_lock:
            raise self._locks_required()
        transaction = self.connection.transaction()
        await self.timer.time(BEGIN, transaction.start())
        self._transaction = transaction

    async def peek(self, sql: str, *arguments: object) -> asyncpg.Record | None:
        """Read one row without opening a transaction."""
        return await self.timer.time(sql, self.connection.fetchrow(sql, *arguments))

    async def read_to_change(
        self, table: str, columns: str, identity: int
    ) -> Mapping[str, Any] | None:
        """Read the record with its `version`; lock it if a transaction is open."""
        if self._read or self._change:
            raise self._locks_required()
        sql = (
            f"SELECT {columns}, xmin, clock_timestamp() AS read_at FROM {table} WHERE id = $1"  # noqa: S608
            f"{' FOR UPDATE' if self.holds_locks else ''}"
        )
        record = await self.peek(sql, identity)
        if record is None:
            return None
        found = dict(record)
        xmin, read_at = found.pop("xmin"), found.pop("read_at")
        self._next[table, identity] = NextVersion(found["version"] + 1, read_at)
        if not self.holds_locks:
            self._read = _Read(table, identity, xmin)
        return found

    async def next_version(self, table: str, identity: int) -> NextVersion | None:
        """Return what the change of a record stores; read the record unless that is done."""
        if (table, identity) not in self._next:
            await self.read_to_change(table, "version", identity)
        return self._next.get((table, identity))

    async def change(self, table: str, sql: str, identity: int, *arguments: object) -> bool:
        """Insert, update or delete the record; return whether it was found, as far as known."""
        if self.holds_locks:
            self._next.pop((table, identity), None)
            changing = self.connection.execute(sql, identity, *arguments)
            return count_rows(await self.timer.time(sql, changing)) > 0
        if self._change or (self._read and self._read[:2] != (table, identity)):
            raise self._locks_required()
        self.timer.remember(written := sql)
        if self._read:
            # SKIP LOCKED, because a statement that waits may be completed, and committed, long
            # after its request has been refused. A row that is locked will change anyway.
            sql += f"""
                AND xmin = ${len(arguments) + 2}
                AND EXISTS (SELECT FROM {table} WHERE id = $1 FOR UPDATE SKIP LOCKED)
            """
            arguments = (*arguments, self._read.xmin)
        self._change = _Change(sql, (identity, *arguments), written)
        return True

    async def insert_along(self, sql: str, rows: Iterable[Row]) -> None:
        """Insert rows that belong to the change; `sql` is an `INSERT … SELECT $1, …`."""
        if self.holds_locks:
            await self.timer.time(sql, self.connection.executemany(sql, rows))
            return
        self.timer.remember(sql)
        self._rows.setdefault(sql, []).extend(rows)
        if sum(map(len, self._rows.values())) > MAX_COMBINED_ROWS:
            raise self._locks_required()

    async def commit(self) -> None:
        if self._transaction is not None:
            await self.timer.time(COMMIT, self._transaction.commit())
        elif self._change or self._rows:
            await self._send()

    async def roll_back(self) -> None:
        if self._transaction is not None:
            await self.timer.time(ROLLBACK, self._transaction.rollback())

    async def _send(self) -> None:
        if self._read and not self._change:
            raise self._locks_required()
        inserts = tuple((sql, len(rows)) for sql, rows in self._rows.items() if rows)
        change, arguments, written = self._change or _Change("", (), inserts[0][0])
        sql = combine(change or None, inserts)
        values = chain(arguments, *chain.from_iterable(self._rows.values()))
        try:
            if not await self.timer.time(written, self.connection.fetchval(sql, *values)):
                raise self._locks_required()
        except OUTAGE:
            raise
        except asyncpg.PostgresError as error:
            # With locks the call of the repository raises it.
            raise self._locks_required() from error

    def _locks_required(self) -> LocksRequiredError:
        self.requires_locks = True
        return LocksRequiredError()
