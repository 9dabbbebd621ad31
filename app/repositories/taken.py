from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

from app.exceptions.base import ConflictError


@contextmanager
def refused_if_taken(**errors: ConflictError) -> Iterator[None]:
    """Raise what stands for the unique constraint that a statement violates."""
    try:
        yield
    except asyncpg.UniqueViolationError as violation:
        if (error := errors.get(violation.constraint_name or "")) is None:
            raise
        raise error from violation
