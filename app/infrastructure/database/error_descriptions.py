"""Say in plain words why the database failed, and what to do, without credentials."""

import socket
import ssl

import asyncpg

from app.exceptions.shared.database_exceptions import (
    DatabaseBusyError,
    DatabaseFailingError,
    DatabaseUnavailableError,
    SchemaMismatchError,
)
from app.infrastructure.database.errors import describe_fault
from app.infrastructure.database.migration_errors import MigrationError
from app.infrastructure.database.schema_version import MIGRATE

CORRECT_URL = "correct DATABASE_URL or MIGRATE_DATABASE_URL"
NOT_CURRENT = f"The database does not have the tables of this version: {MIGRATE}"
UNAVAILABLE = "The database is not available"

# The end of a ConnectionError of asyncpg, which has no type of its own for it.
_NO_TLS = "rejected SSL upgrade"
# The first type that fits counts, so subclasses come before their bases.
_REASONS: tuple[tuple[type[BaseException], str], ...] = (
    (asyncpg.InvalidCatalogNameError, f"it does not exist; create it, or {CORRECT_URL}"),
    (
        asyncpg.InvalidAuthorizationSpecificationError,
        f"the server refuses the user, the password or this host; {CORRECT_URL}",
    ),
    (asyncpg.TooManyConnectionsError, "the server has no free connection; try again later"),
    (asyncpg.CannotConnectNowError, "the server is starting or stopping; try again"),
    (asyncpg.TargetServerAttributeNotMatched, "no host has what target_session_attrs requires"),
    (asyncpg.PostgresConnectionError, "the connection was lost; try again"),
    (ssl.SSLError, "TLS fails; check sslmode and the certificates in the URL"),
    (socket.gaierror, f"its host name is not known; {CORRECT_URL}"),
    (ConnectionRefusedError, f"nothing listens at its address; start it, or {CORRECT_URL}"),
    (FileNotFoundError, f"its socket does not exist; start it, or {CORRECT_URL}"),
    (TimeoutError, f"it does not respond; check the server and the network, or {CORRECT_URL}"),
    (OSError, f"the connection fails; check the server and the network, or {CORRECT_URL}"),
)
_BUSY: tuple[tuple[type[BaseException], str], ...] = (
    (asyncpg.LockNotAvailableError, "another session holds a lock; end it or try again"),
    (asyncpg.ReadOnlySQLTransactionError, "the server is read-only; connect to the primary"),
    (asyncpg.QueryCanceledError, "a statement took too long; try again"),
    (asyncpg.InsufficientResourcesError, "the server has no connection left; try again later"),
    (DatabaseBusyError, "the server is overloaded; try again"),
)


def describe_database_error(error: BaseException) -> str | None:
    """Return one sentence; None for an error that is not the server's, which is a defect."""
    if isinstance(error, SchemaMismatchError | MigrationError):
        return str(error)
    if isinstance(error, asyncpg.InsufficientPrivilegeError):
        return f"The database role has too few rights: {error}; grant them, or use another role"
    if isinstance(error, DatabaseBusyError | DatabaseFailingError):
        return _sentence(error.__cause__ or error)
    if isinstance(error, DatabaseUnavailableError):
        # A probe that still waits has no error yet.
        return _sentence(error.__cause__ or TimeoutError())
    return _describe_refused_statement(error)


def _describe_refused_statement(error: BaseException) -> str | None:
    if isinstance(error, asyncpg.UndefinedTableError | asyncpg.UndefinedColumnError):
        return f"{NOT_CURRENT} ({error})"
    if isinstance(error, asyncpg.UniqueViolationError):
        return f"Another session stored equal values at the same time: {error}; try again"
    return None


def _sentence(error: BaseException) -> str:
    if isinstance(error, asyncpg.InsufficientPrivilegeError):
        return str(describe_database_error(error))
    if (fault := describe_fault(error)) is not None:
        return f"The database fails: {fault}"
    if _NO_TLS in str(error):
        return f"{UNAVAILABLE}: the server has no TLS, which sslmode requires"
    for kind, reason in (*_BUSY, *_REASONS):
        if isinstance(error, kind):
            return f"{UNAVAILABLE}: {reason}"
    # A hint of the server would be a second line.
    return f"{UNAVAILABLE}: {str(error).partition(chr(10))[0] or type(error).__name__}"
