from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

from app.exceptions.base import ConflictError


@contextmanager
def translate_unique_violation(**errors: ConflictError) -> Iterator[None]:
    """Raise the error given for the violated unique constraint: `constraint_name=error`."""
    try:
        yield
    except asyncpg.UniqueViolationError as violation:
        if (error := errors.get(violation.constraint_name or "")) is None:
            raise
        raise error from violation
