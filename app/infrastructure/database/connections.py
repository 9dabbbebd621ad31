"""Lend the connections of a pool, with a bounded queue in front of it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from time import monotonic
from typing import NamedTuple

import asyncpg

from app.exceptions.shared.database_exceptions import (
    DatabaseBusyError,
    DatabaseUnavailableError,
    SchemaMismatchError,
)
from app.infrastructure.database.availability import DatabaseAvailability
from app.infrastructure.database.connection_line import ConnectionLine
from app.infrastructure.database.pool import CONNECT_SECONDS, Pool, PooledConnection
from app.infrastructure.database.traced_connection import trace_statements
from app.infrastructure.tracing.current_span import recording_span

RELEASE_SECONDS = 1.0
# TCP, TLS, start-up, two for SCRAM, and the settings of the session.
ROUND_TRIPS_TO_OPEN = 6

# The server may never respond on this connection again, or it has become a standby.
TERMINATES_CONNECTION = (TimeoutError, asyncio.CancelledError, asyncpg.ReadOnlySQLTransactionError)


class PoolUsage(NamedTuple):
    """Connections that may be open, are in use, and are not; and requests that wait for one."""

    size: int
    used: int
    idle: int
    waiting: int


class Connections:
    """Lends the connections of a pool after a bounded wait in a bounded queue.

    Permits are counted here and not by the pool: its own timeout would include the time to open
    a new connection, which takes longer over a slow network.
    """

    def __init__(
        self,
        *,
        pool: Pool,
        size: int,
        availability: DatabaseAvailability,
        wait_seconds: float,
        record_wait: Callable[[float], None],
    ) -> None:
        self._pool = pool
        self._availability = availability
        self._wait_seconds = wait_seconds
        self._permits = asyncio.Semaphore(size)
        self._opening = 0
        self._size = size
        self.is_filling = False
        self._line = ConnectionLine(size=size, clock=monotonic, record_wait=record_wait)

    @asynccontextmanager
    async def borrow(self) -> AsyncIterator[PooledConnection]:
        """Raise DatabaseUnavailableError in an outage, DatabaseBusyError after the bounded wait."""
        self._require_available()
        if self._permits.locked():
            await self._wait_for_permit()
        else:
            # Without the cost of a timeout.
            self._line.pass_by()
            await self._permits.acquire()
        try:
            self._require_available()
            connection = await self._acquire()
            borrowed_at = monotonic()
            try:
                # Without a span, which is the usual case, at the cost of this check.
                span = recording_span()
                yield connection if span is None else trace_statements(connection, span)
            except TERMINATES_CONNECTION:
                connection.terminate()
                raise
            finally:
                await self._pool.release(connection, timeout=RELEASE_SECONDS)
                self._line.record_use(monotonic() - borrowed_at)
        finally:
            self._permits.release()

    async def fill(self, count: int) -> None:
        """Open `count` connections, so that no request waits for a connection to be opened."""
        self.is_filling = True
        try:
            async with AsyncExitStack() as held:
                borrowed = (held.enter_async_context(self.borrow()) for _ in range(count))
                await asyncio.gather(*borrowed, return_exceptions=True)
        finally:
            self.is_filling = False

    async def _acquire(self) -> PooledConnection:
        """Take a connection from the pool, which opens one if the others are in use."""
        self._opening += 1
        try:
            return await self._pool.acquire()
        finally:
            self._opening -= 1

    @property
    def usage(self) -> PoolUsage:
        idle = self._pool.get_idle_size()
        used = self._pool.get_size() - idle
        return PoolUsage(self._size, used, idle, self._line.waiting)

    @property
    def exchanges_per_second(self) -> float | None:
        """Capacity of the pool over a slow network; None over a fast one."""
        if not self._availability.is_slow:
            return None
        return self._size / self._availability.round_trip_seconds

    def _require_available(self) -> None:
        if not self._availability.is_up:
            if (problem := self._availability.schema_problem) is not None:
                raise SchemaMismatchError(problem)
            raise DatabaseUnavailableError from self._availability.failure

    async def _wait_for_permit(self) -> None:
        wait_seconds = self._wait_seconds + self._opening_seconds()
        if self._line.is_full(wait_seconds):
            raise DatabaseBusyError
        joined_at = self._line.join()
        try:
            async with asyncio.timeout(wait_seconds):
                await self._permits.acquire()
        except TimeoutError:
            raise DatabaseBusyError from None
        finally:
            self._line.leave(joined_at)

    def _opening_seconds(self) -> float:
        """Return the time that connections need which are being opened now, over a slow network."""
        if not self._opening:
            return 0.0
        return min(ROUND_TRIPS_TO_OPEN * self._availability.round_trip_seconds, CONNECT_SECONDS)
