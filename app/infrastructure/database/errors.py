"""Which of asyncpg's errors mean that the database is away, busy, or worth another try."""

import asyncpg

from app.exceptions.base import UnavailableError

# Worth doing the whole transaction again.
CONFLICTS = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.LockNotAvailableError,
    asyncpg.ReadOnlySQLTransactionError,
)

# The connection is gone; another one may work.
BROKEN = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.DatabaseDroppedError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
)

# It is there, but did not get round to it.
BUSY = (
    *CONFLICTS,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.InsufficientResourcesError,
    asyncpg.QueryCanceledError,
)

OUTAGE = (*BROKEN, *BUSY)


class DatabaseUnavailableError(UnavailableError):
    code = "database_unavailable"

    def __init__(self) -> None:
        super().__init__("The database is not available at the moment", retry_after=1)


class DatabaseBusyError(UnavailableError):
    code = "database_busy"

    def __init__(self) -> None:
        super().__init__("The database has too much to do at the moment", retry_after=1)
