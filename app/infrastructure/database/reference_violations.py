"""Translate violations of foreign keys, for every domain: nothing is checked before a write.

A foreign key is named `TABLE_COLUMN_fkey`, as PostgreSQL names it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

from app.exceptions.shared.record_exceptions import StillReferencedError, UnknownReferenceError


@contextmanager
def translate_reference_violations(table: str) -> Iterator[None]:
    """Translate the violation of a statement that changes `table`."""
    try:
        yield
    except (asyncpg.ForeignKeyViolationError, asyncpg.RestrictViolationError) as violation:
        referring = violation.table_name or ""
        if referring != table:
            raise StillReferencedError(referring) from violation
        name = violation.constraint_name or ""
        field = name.removeprefix(f"{table}_").removesuffix("_fkey")
        raise UnknownReferenceError(field=field) from violation
