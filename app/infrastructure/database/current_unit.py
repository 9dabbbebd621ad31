"""The unit of work of the running task."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from app.infrastructure.database.connections import TERMINATES_CONNECTION
from app.infrastructure.database.errors import OUTAGE
from app.infrastructure.database.unit_of_work import LocksRequiredError, UnitOfWork

T = TypeVar("T")

_current: ContextVar[UnitOfWork | None] = ContextVar("unit_of_work", default=None)


@contextmanager
def _bind_unit(unit: UnitOfWork) -> Iterator[None]:
    """Make it the unit of work of the running task."""
    token = _current.set(unit)
    try:
        yield
    finally:
        _current.reset(token)


def current_unit() -> UnitOfWork | None:
    unit = _current.get()
    if unit is not None and unit.task is not asyncio.current_task():
        raise RuntimeError("A transaction belongs to the task that opened it")
    return unit


def required_unit() -> UnitOfWork:
    unit = current_unit()
    assert unit is not None  # noqa: S101 - only called in a unit of work
    return unit


async def run_or_roll_back(unit: UnitOfWork, work: Callable[[], Awaitable[T]]) -> T:
    """Run the use case; roll back if it fails, and find out whether it requires locks."""
    try:
        with _bind_unit(unit):
            result = await work()
    except TERMINATES_CONNECTION:
        # `borrow` terminates the connection, which rolls back without waiting for the server.
        raise
    except Exception as error:
        await unit.roll_back()
        if (unit.requires_locks or unit.lacks_lock) and not isinstance(error, OUTAGE):
            raise LocksRequiredError from error
        raise
    if unit.requires_locks:
        raise LocksRequiredError
    return result
