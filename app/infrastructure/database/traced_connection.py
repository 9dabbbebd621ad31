"""Record the statements of one use of a connection as spans."""

import re
from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Any, TypeVar, cast

from asyncpg.transaction import Transaction

from app.infrastructure.database.pool import PooledConnection
from app.infrastructure.tracing.current_span import child_span
from app.ports.tracing import Span

T = TypeVar("T")

_RECORDED = frozenset({"execute", "executemany", "fetch", "fetchrow", "fetchval"})
_CHANGE = re.compile(r"\b(INSERT)\s+INTO\s+(\w+)|\b(UPDATE)\s+(\w+)|\b(DELETE)\s+FROM\s+(\w+)")
_READ = re.compile(r"\b(SELECT)\b.*?\bFROM\s+(\w+)", re.DOTALL)
_SYSTEM = {"db.system.name": "postgresql"}


def trace_statements(connection: PooledConnection, parent: Span) -> PooledConnection:
    """Return the connection; what is executed with it is recorded, without SQL and parameters."""
    return cast("PooledConnection", _TracedConnection(connection, parent))


class _TracedConnection:
    def __init__(self, connection: PooledConnection, parent: Span) -> None:
        self._connection = connection
        self._parent = parent

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - of the connection
        attribute = getattr(self._connection, name)
        return self._recorded(attribute) if name in _RECORDED else attribute

    async def copy_records_to_table(self, table_name: str, **options: Any) -> str:  # noqa: ANN401
        with child_span(self._parent, f"COPY {table_name}", _SYSTEM):
            return await self._connection.copy_records_to_table(table_name, **options)

    def transaction(self, **options: Any) -> Transaction:  # noqa: ANN401
        transaction = self._connection.transaction(**options)
        return cast("Transaction", _TracedTransaction(transaction, self._parent))

    def _recorded(self, run: Callable[..., Awaitable[T]]) -> Callable[..., Awaitable[T]]:
        async def recorded(sql: str, *arguments: object, **options: object) -> T:
            with child_span(self._parent, statement_name(sql), _SYSTEM):
                return await run(sql, *arguments, **options)

        return recorded


class _TracedTransaction:
    def __init__(self, transaction: Transaction, parent: Span) -> None:
        self._transaction = transaction
        self._parent = parent

    async def start(self) -> None:
        with child_span(self._parent, "BEGIN", _SYSTEM):
            await self._transaction.start()

    async def commit(self) -> None:
        with child_span(self._parent, "COMMIT", _SYSTEM):
            await self._transaction.commit()

    async def rollback(self) -> None:
        with child_span(self._parent, "ROLLBACK", _SYSTEM):
            await self._transaction.rollback()

    async def __aenter__(self) -> None:
        await self.start()

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        await (self.commit() if kind is None else self.rollback())


@lru_cache(maxsize=1000)
def statement_name(sql: str) -> str:
    """Return operation and table: a statement could contain values, if its author is careless.

    The first change that a combined statement makes names it.
    """
    found = _CHANGE.search(sql) or _READ.search(sql)
    if found is None:
        return "SQL"
    return " ".join(part for part in found.groups() if part)
