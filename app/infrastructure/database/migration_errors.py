"""Errors of migrations, in one sentence each."""

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
from alembic.util.exc import CommandError
from sqlalchemy.exc import DBAPIError

from app.exceptions.shared.database_exceptions import (
    DatabaseBusyError,
    DatabaseUnavailableError,
    SchemaMismatchError,
)
from app.infrastructure.database.errors import BROKEN, BUSY, OUTAGE
from app.infrastructure.database.schema_version import NEWER, read_migrations


class MigrationError(Exception):
    """A migration cannot be run; the message is a sentence."""


@contextmanager
def translate_migration_errors() -> Iterator[None]:
    """Raise SchemaMismatchError, MigrationError or the error of asyncpg."""
    try:
        yield
    except CommandError as error:
        is_newer = str(error).startswith("Can't locate revision")
        raise SchemaMismatchError(NEWER if is_newer else str(error)) from None
    except DBAPIError as error:
        cause = error.orig.__cause__ if error.orig is not None else None
        if isinstance(cause, (*OUTAGE, asyncpg.InsufficientPrivilegeError)):
            raise cause from None
        raise MigrationError(f"A migration failed: {cause or error.orig}") from error


@contextmanager
def translate_outages() -> Iterator[None]:
    """Raise DatabaseUnavailableError or DatabaseBusyError, as the service does."""
    try:
        yield
    except BUSY as error:
        raise DatabaseBusyError from error
    except BROKEN as error:
        raise DatabaseUnavailableError from error


def require_one_head() -> None:
    """Raise MigrationError if two migrations follow the same one, as after a merge in git."""
    migrations = read_migrations()
    # Alembic would run one of them, and warn.
    if migrations.repeated:
        raise MigrationError(
            f"Several migrations have the revision {' and '.join(sorted(migrations.repeated))}:"
            " give one of them the next free number, and the other as its down_revision"
        )
    heads = sorted(migrations.heads)
    if len(heads) > 1:
        raise MigrationError(
            f"The migrations {' and '.join(heads)} have no order:"
            f" set the down_revision of one of them to the other"
        )
