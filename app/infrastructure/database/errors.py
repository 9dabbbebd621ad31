"""Classification of asyncpg's errors: conflict, broken connection, faulty or busy server."""

import asyncpg

# Retrying the whole transaction may succeed.
CONFLICTS = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.LockNotAvailableError,
    asyncpg.ReadOnlySQLTransactionError,
    # A table was altered after the statement had been prepared (MagicStack/asyncpg #458).
    asyncpg.InvalidCachedStatementError,
    asyncpg.OutdatedSchemaCacheError,
)

# The connection is lost; another one may work.
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
    # A pooler has changed the server connection: see DATABASE_POOLING.
    asyncpg.DuplicatePreparedStatementError,
    asyncpg.InvalidSQLStatementNameError,
)

# The server is available, but did not complete the statement.
BUSY = (
    *CONFLICTS,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.InsufficientResourcesError,
    asyncpg.QueryCanceledError,
)

# The server cannot complete statements until an operator acts (SQLSTATE classes 53 and 58).
# TooManyConnectionsError is not among them: connections end by themselves.
SERVER_FAULTS: dict[type[asyncpg.PostgresError], str] = {
    asyncpg.DiskFullError: "the disk of the server is full",
    asyncpg.OutOfMemoryError: "the server is out of memory",
    asyncpg.ConfigurationLimitExceededError: "a limit in the server's configuration is exceeded",
    asyncpg.PostgresIOError: "the server cannot read or write its files",
    asyncpg.PostgresSystemError: "the server's operating system reports an error",
}
FAULTY: tuple[type[asyncpg.PostgresError], ...] = tuple(SERVER_FAULTS)


def describe_fault(error: BaseException) -> str | None:
    """Say what is wrong with the server, without the server's own message."""
    if not isinstance(error, FAULTY):
        return None
    reason = next(text for kind, text in SERVER_FAULTS.items() if isinstance(error, kind))
    return f"{reason}: {type(error).__name__}, SQLSTATE {error.sqlstate}"


# The statement does not fit the tables: a defect, unless the database has another version.
SCHEMA_MISMATCH = (
    asyncpg.DatatypeMismatchError,
    asyncpg.NotNullViolationError,
    asyncpg.UndefinedColumnError,
    asyncpg.UndefinedFunctionError,
    asyncpg.UndefinedObjectError,
    asyncpg.UndefinedTableError,
)

# The base class of the faults that are not among BUSY.
OUTAGE = (*BROKEN, *BUSY, asyncpg.PostgresSystemError)
