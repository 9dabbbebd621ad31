import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from random import uniform
from time import monotonic
from typing import Any, TypeVar

import asyncpg
from asyncpg.transaction import Transaction

from app.infrastructure.database.availability import DatabaseAvailability
from app.infrastructure.database.connections import CUTTING, Connections
from app.infrastructure.database.errors import (
    BROKEN,
    BUSY,
    CONFLICTS,
    DatabaseBusyError,
    DatabaseUnavailableError,
)
from app.infrastructure.database.pool import PooledConnection
from app.infrastructure.health import CheckResult

T = TypeVar("T")
Query = Callable[[PooledConnection], Awaitable[T]]

TRANSACTION_ATTEMPTS = 3
RETRY_SECONDS = 2.0


@dataclass(frozen=True, kw_only=True)
class _Binding:
    """The transaction that a task is in."""

    task: asyncio.Task[Any] | None
    connection: PooledConnection
    after_commit: list[Callable[[], None]] = field(default_factory=list)
    once_written: list[Callable[[], Awaitable[None]]] = field(default_factory=list)


_binding: ContextVar[_Binding | None] = ContextVar("transaction", default=None)


class PostgresDatabase:
    """Statements and transactions over one pool.

    A statement runs in the transaction that its task is in; outside of one it is a read,
    and is done once more on another connection if its own breaks.
    """

    def __init__(self, *, connections: Connections, availability: DatabaseAvailability) -> None:
        self._connections = connections
        self._availability = availability

    @property
    def is_up(self) -> bool:
        """What the newest probe found; nothing is asked."""
        return self._availability.is_up

    @property
    def health(self) -> CheckResult:
        return self._availability.result

    async def fetch(self, sql: str, *arguments: object) -> list[asyncpg.Record]:
        return await self._query(lambda connection: connection.fetch(sql, *arguments))

    async def fetchrow(self, sql: str, *arguments: object) -> asyncpg.Record | None:
        return await self._query(lambda connection: connection.fetchrow(sql, *arguments))

    async def execute(self, sql: str, *arguments: object) -> str:
        return await self._query(lambda connection: connection.execute(sql, *arguments))

    async def change(self, sql: str, *arguments: object) -> int:
        """Execute, and return the number of rows that were changed."""
        status = await self.execute(sql, *arguments)
        return int(status.rsplit(maxsplit=1)[-1])

    async def use(self, query: Query[T]) -> T:
        """Do what the methods above cannot, such as COPY, on one connection."""
        return await self._query(query)

    async def run(self, work: Callable[[], Awaitable[T]]) -> T:
        """See Transactions.run."""
        if _bound() is not None:
            return await work()
        with self._outage_named():
            return await self._run_until_settled(work)

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Call back once the present transaction is committed, never if it is not."""
        binding = _bound()
        if binding is None:
            callback()
        else:
            binding.after_commit.append(callback)

    @property
    def in_transaction(self) -> bool:
        return _bound() is not None

    async def once_written(self, callback: Callable[[], Awaitable[None]]) -> None:
        """Await the callback once the present transaction is committed, or may be.

        It may be when the connection breaks while it is being committed.
        """
        binding = _bound()
        if binding is None:
            await callback()
        else:
            binding.once_written.append(callback)

    async def _query(self, query: Query[T]) -> T:
        if (binding := _bound()) is not None:
            return await query(binding.connection)
        with self._outage_named():
            try:
                return await self._query_once(query)
            except (TimeoutError, ValueError):
                raise
            except BROKEN:
                return await self._query_once(query)

    async def _query_once(self, query: Query[T]) -> T:
        async with self._connections.borrow() as connection:
            return await query(connection)

    async def _run_until_settled(self, work: Callable[[], Awaitable[T]]) -> T:
        last_start = monotonic() + RETRY_SECONDS
        for attempt in range(1, TRANSACTION_ATTEMPTS):
            try:
                return await self._run_once(work)
            except CONFLICTS:
                if monotonic() > last_start:
                    raise
                await asyncio.sleep(uniform(0, 0.05 * attempt))  # noqa: S311 - jitter
        return await self._run_once(work)

    async def _run_once(self, work: Callable[[], Awaitable[T]]) -> T:
        written: list[Callable[[], Awaitable[None]]] = []
        try:
            async with self._connections.borrow() as connection:
                binding = _Binding(task=asyncio.current_task(), connection=connection)
                transaction = connection.transaction()
                await transaction.start()
                result = await _rolled_back_if_it_fails(transaction, binding, work)
                written = binding.once_written
                await transaction.commit()
        finally:
            for spread in written:
                await spread()
        for callback in binding.after_commit:
            callback()
        return result

    @contextmanager
    def _outage_named(self) -> Iterator[None]:
        try:
            yield
        except DatabaseBusyError as error:
            self._availability.note_failure(error)
            raise
        except BUSY as error:
            self._availability.note_failure(error)
            raise DatabaseBusyError from error
        except ValueError:
            # How asyncpg calls arguments that do not fit: a mistake of ours, and no outage.
            raise
        except BROKEN as error:
            self._availability.note_failure(error)
            self._availability.suspect()
            raise DatabaseUnavailableError from error


async def _rolled_back_if_it_fails(
    transaction: Transaction, binding: _Binding, work: Callable[[], Awaitable[T]]
) -> T:
    try:
        return await _bound_to(binding, work)
    except CUTTING:
        # The connection is about to be cut, and waiting for a rollback is no use.
        raise
    except Exception:
        await transaction.rollback()
        raise


async def _bound_to(binding: _Binding, work: Callable[[], Awaitable[T]]) -> T:
    token = _binding.set(binding)
    try:
        return await work()
    finally:
        _binding.reset(token)


def _bound() -> _Binding | None:
    binding = _binding.get()
    if binding is not None and binding.task is not asyncio.current_task():
        raise RuntimeError("A transaction belongs to the task that opened it")
    return binding
