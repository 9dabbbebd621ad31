import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import asyncpg

from app.infrastructure.database.availability import DatabaseAvailability
from app.infrastructure.database.errors import DatabaseBusyError, DatabaseUnavailableError
from app.infrastructure.database.pool import Pool, PooledConnection

WAITING_PER_CONNECTION = 20
RELEASE_SECONDS = 1.0

# The server may never answer on this connection again (or be a standby now): do not wait for it.
CUTTING = (TimeoutError, asyncio.CancelledError, asyncpg.ReadOnlySQLTransactionError)


class Connections:
    """Lends the connections of a pool, for a bounded wait in a bounded queue.

    Turns are counted here and not by the pool: its own timeout would also cover the making
    of a new connection, which a slow link needs longer for.
    """

    def __init__(
        self, *, pool: Pool, size: int, availability: DatabaseAvailability, wait_seconds: float
    ) -> None:
        self._pool = pool
        self._availability = availability
        self._wait_seconds = wait_seconds
        self._turns = asyncio.Semaphore(size)
        self._waiting = 0
        self._most_waiting = size * WAITING_PER_CONNECTION

    @asynccontextmanager
    async def borrow(self) -> AsyncIterator[PooledConnection]:
        """Raise DatabaseUnavailableError or DatabaseBusyError if there is none to have."""
        self._require_database()
        await self._wait_for_turn()
        try:
            self._require_database()
            connection = await self._pool.acquire()
            try:
                yield connection
            except CUTTING:
                connection.terminate()
                raise
            finally:
                await self._pool.release(connection, timeout=RELEASE_SECONDS)
        finally:
            self._turns.release()

    async def fill(self, count: int) -> None:
        """Have as many connections ready, so that no request waits for them to be made."""
        async with AsyncExitStack() as held:
            borrowed = (held.enter_async_context(self.borrow()) for _ in range(count))
            await asyncio.gather(*borrowed, return_exceptions=True)

    def _require_database(self) -> None:
        if not self._availability.is_up:
            raise DatabaseUnavailableError

    async def _wait_for_turn(self) -> None:
        if self._waiting >= self._most_waiting:
            raise DatabaseBusyError
        self._waiting += 1
        try:
            async with asyncio.timeout(self._wait_seconds):
                await self._turns.acquire()
        except TimeoutError:
            raise DatabaseBusyError from None
        finally:
            self._waiting -= 1
