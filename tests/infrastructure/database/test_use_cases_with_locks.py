"""A use case that does more than change one record runs in a transaction with locks."""

import asyncio
from contextlib import suppress
from dataclasses import replace

import asyncpg
import pytest

from app.infrastructure.database.postgres_database import TRANSACTION_ATTEMPTS, PostgresDatabase
from app.infrastructure.database.unit_of_work import MAX_COMBINED_ROWS
from tests.support.database import fetch_rows
from tests.support.waiting import eventually
from tests.widgets.models.widget import Widget
from tests.widgets.repositories.postgres_widget_repository import PostgresWidgetRepository


async def test_a_use_case_that_requires_locks_runs_again_with_them(
    database: PostgresDatabase, widget: Widget, other: Widget
) -> None:
    widgets = PostgresWidgetRepository(database=database)
    attempts: list[bool] = []

    async def swap() -> None:
        attempts.append(database.holds_locks)
        one, two = [await widgets.get_for_update(each.id) for each in (widget, other)]
        await widgets.update(Widget(**{**vars(one), "name": two.name}))
        await widgets.update(Widget(**{**vars(two), "name": one.name}))

    await database.run(swap)

    assert attempts == [False, True]
    assert (await widgets.get(other.id)).name == "old"


async def test_the_callbacks_of_an_attempt_without_effect_are_not_called(
    database: PostgresDatabase, widget: Widget
) -> None:
    calls: list[str] = []

    async def after_attempt() -> None:
        calls.append("attempt")

    async def change() -> None:
        await database.read_to_change("widgets", "id, version", widget.id)
        database.after_commit(lambda: calls.append("commit"))
        await database.after_commit_attempt(after_attempt)
        await database.fetch("SELECT 1")

    await database.run(change)

    assert calls == ["attempt", "commit"]


async def test_a_use_case_that_catches_every_error_loses_no_statement(
    database: PostgresDatabase, widget: Widget, other: Widget
) -> None:
    widgets = PostgresWidgetRepository(database=database)

    async def rename_both() -> None:
        for each in (widget, other):
            with suppress(Exception):
                found = await widgets.get_for_update(each.id)
                await widgets.update(replace(found, name="new"))

    await database.run(rename_both)

    assert [(await widgets.get(each.id)).name for each in (widget, other)] == ["new", "new"]


async def test_an_error_that_translates_every_other_is_not_the_result(
    database: PostgresDatabase, widget: Widget, other: Widget
) -> None:
    widgets = PostgresWidgetRepository(database=database)

    async def read_both() -> list[str]:
        try:
            return [(await widgets.get_for_update(each.id)).name for each in (widget, other)]
        except Exception as error:
            raise LookupError from error

    assert await database.run(read_both) == [widget.name, other.name]


async def test_an_update_of_an_outdated_record_returns_what_is_stored(
    database: PostgresDatabase, widget: Widget
) -> None:
    widgets = PostgresWidgetRepository(database=database)
    await widgets.update(replace(widget, name="changed"))

    updated = await widgets.update(replace(widget, name="new"))

    assert updated.version == widget.version + 2
    assert updated == await widgets.get(widget.id)


async def test_many_rows_of_an_iterator_are_all_inserted(
    database: PostgresDatabase, database_url: str
) -> None:
    count = MAX_COMBINED_ROWS + 1
    rows = (("audit", f"{number}") for number in range(count))

    await database.insert_along("INSERT INTO inbox (receiver, message_id) SELECT $1, $2", rows)

    assert len(await fetch_rows(database_url, "inbox")) == count


async def test_an_attempt_that_requires_locks_is_no_conflict(
    database: PostgresDatabase, widget: Widget
) -> None:
    attempts: list[bool] = []

    async def conflict() -> None:
        attempts.append(database.holds_locks)
        await database.read_to_change("widgets", "id, version", widget.id)
        await database.execute("SELECT 1")
        raise asyncpg.DeadlockDetectedError

    with pytest.raises(Exception, match="overloaded"):
        await database.run(conflict)
    assert attempts == [False] + [True] * TRANSACTION_ATTEMPTS


async def test_a_cancelled_use_case_has_no_late_effect(
    database: PostgresDatabase,
    widget: Widget,
    connection: asyncpg.Connection,
) -> None:
    widgets = PostgresWidgetRepository(database=database)

    async def rename() -> None:
        found = await widgets.get_for_update(widget.id)
        await widgets.update(replace(found, name="late"))

    async def is_waiting() -> bool:
        waiting = "SELECT FROM pg_locks WHERE NOT granted"
        return await connection.fetchrow(waiting) is not None

    async with connection.transaction():
        await connection.execute("SELECT FROM widgets FOR UPDATE")
        task = asyncio.create_task(database.run(rename))
        await eventually(is_waiting)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    await eventually(lambda: _no_statement_runs(connection))

    assert (await widgets.get(widget.id)).name == "old"


async def _no_statement_runs(connection: asyncpg.Connection) -> bool:
    return not await connection.fetchval("""
        SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'
    """)
