"""Translate the errors of asyncpg to those that requests are refused with."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import asyncpg

from app.exceptions.shared.database_exceptions import (
    DatabaseBusyError,
    DatabaseFailingError,
    DatabaseUnavailableError,
    SchemaMismatchError,
)
from app.infrastructure.database.availability import DatabaseAvailability
from app.infrastructure.database.errors import BROKEN, BUSY, FAULTY


class ErrorTranslation:
    """Counts the errors of requests for the probe."""

    def __init__(
        self, availability: DatabaseAvailability, count_failure: Callable[[Exception], None]
    ) -> None:
        self._availability = availability
        self._count_failure = count_failure

    @contextmanager
    def translate_outages(self) -> Iterator[None]:
        try:
            yield
        except DatabaseBusyError as error:
            # No statement has failed: there was no connection for it.
            self._count_failure(error)
            self._availability.record_failure(error)
            raise
        except FAULTY as error:
            self._availability.record_failure(error)
            self._availability.check_now()
            raise DatabaseFailingError from error
        except BUSY as error:
            self._availability.record_failure(error)
            raise DatabaseBusyError from error
        except asyncpg.InsufficientPrivilegeError as error:
            # The role lacks a right until it is granted: an outage, and no defect.
            self._availability.record_failure(error)
            raise DatabaseUnavailableError from error
        except ValueError:
            # asyncpg reports wrong arguments as a ValueError: a defect here, and no outage.
            raise
        except BROKEN as error:
            self._availability.record_failure(error)
            self._availability.check_now()
            raise DatabaseUnavailableError from error

    async def require_current_schema(self, error: Exception) -> None:
        """Raise SchemaMismatchError if the database has another version than the code."""
        if (problem := await self._availability.explain_schema_error()) is not None:
            raise SchemaMismatchError(problem) from error
