"""The callbacks that invalidate caches also run if the outcome of the statement is unknown."""

import asyncio
from contextlib import suppress

import asyncpg
import pytest

from app.exceptions.shared.database_exceptions import DatabaseUnavailableError
from app.infrastructure.database.postgres_database import PostgresDatabase
from tests.support.waiting import eventually
from tests.support.widget_statements import INSERT, messages

WAITING = "SELECT pid FROM pg_locks WHERE NOT granted"
TERMINATE = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE NOT granted"


class UseCase:
    """Stores one row in one statement; records what is called when it has ended."""

    def __init__(self, database: PostgresDatabase) -> None:
        self._database = database
        self.calls: list[str] = []

    async def __call__(self) -> None:
        await self._database.insert_along(INSERT, [("audit", "a")])
        self._database.after_commit(lambda: self.calls.append("commit"))
        await self._database.after_commit_attempt(self._after_attempt)

    async def _after_attempt(self) -> None:
        self.calls.append("attempt")


@pytest.fixture
def use_case(database: PostgresDatabase) -> UseCase:
    return UseCase(database)


async def test_after_a_connection_that_breaks_during_the_statement(
    database: PostgresDatabase, connection: asyncpg.Connection, use_case: UseCase, database_url: str
) -> None:
    async with connection.transaction():
        await connection.execute(INSERT, "audit", "a")
        task = asyncio.create_task(database.run(use_case))
        await eventually(lambda: _is_waiting(connection))
        await connection.execute(TERMINATE)

        with pytest.raises(DatabaseUnavailableError):
            await task
    assert use_case.calls == ["attempt"]
    assert await messages(database_url) == ["a"]


async def test_after_a_cancelled_statement(
    database: PostgresDatabase, connection: asyncpg.Connection, use_case: UseCase
) -> None:
    async with connection.transaction():
        await connection.execute(INSERT, "audit", "a")
        task = asyncio.create_task(database.run(use_case))
        await eventually(lambda: _is_waiting(connection))
        task.cancel()

        with suppress(asyncio.CancelledError):
            await task
    assert use_case.calls == ["attempt"]


async def test_after_the_commit(database: PostgresDatabase, use_case: UseCase) -> None:
    await database.run(use_case)

    assert use_case.calls == ["attempt", "commit"]


async def test_a_refused_statement_is_repeated_first(
    database: PostgresDatabase, connection: asyncpg.Connection, use_case: UseCase
) -> None:
    await connection.execute(INSERT, "audit", "a")

    with pytest.raises(asyncpg.UniqueViolationError):
        await database.run(use_case)
    assert use_case.calls == []


async def _is_waiting(connection: asyncpg.Connection) -> bool:
    return await connection.fetchrow(WAITING) is not None
