"""Constraints of a table that a running release knows by its former name, which is a view."""

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg


@contextmanager
def constraints_named_after(table: str) -> Iterator[None]:
    """Name a violated unique constraint as if its table were `table`, which is in the statement.

    `dev.py rename-domain` renames the constraints with the table. What a trigger violates, which
    has a context, is another table's.
    """
    try:
        yield
    except asyncpg.UniqueViolationError as violation:
        name, owner = violation.constraint_name or "", violation.table_name or ""
        if owner != table and name.startswith(f"{owner}_") and not violation.context:
            violation.constraint_name = f"{table}_{name.removeprefix(f'{owner}_')}"
        raise
