"""One use case takes a read and one statement; what does not fit into that runs with locks."""

from typing import Any

import pytest

from app.infrastructure.database.postgres_database import PostgresDatabase
from app.infrastructure.database.unit_of_work import (
    MAX_COMBINED_ROWS,
    LocksRequiredError,
    UnitOfWork,
)
from tests.support.database import fetch_rows
from tests.support.widget_statements import COLUMNS, INSERT, UPDATE, messages, names
from tests.widgets.models.widget import Widget


async def test_a_use_case_that_changes_one_record_is_a_read_and_one_statement(
    unit: UnitOfWork, statements: list[str], widget: Widget, database_url: str
) -> None:
    found = await unit.read_to_change("widgets", COLUMNS, widget.id)
    assert await unit.change("widgets", UPDATE, widget.id, "new")
    await unit.insert_along(INSERT, [("audit", "a"), ("log", "b")])
    await unit.commit()

    assert found == {"id": widget.id, "name": "old", "version": 1}
    assert await names(database_url) == ["new"]
    assert await messages(database_url) == ["a", "b"]
    assert [statement.partition(" ")[0] for statement in statements] == ["SELECT", "WITH"]


async def test_rows_are_inserted_in_their_order(
    unit: UnitOfWork, widget: Widget, database_url: str
) -> None:
    insert = """
        INSERT INTO audit_log (user_id, role, action, resource, changes)
        SELECT $1, $1, $1, $1, $2::jsonb
    """
    await unit.read_to_change("widgets", COLUMNS, widget.id)
    await unit.change("widgets", UPDATE, widget.id, "new")
    for number in range(MAX_COMBINED_ROWS):
        await unit.insert_along(insert, [(f"{number}", "{}")])
    await unit.commit()

    actions = [row["action"] for row in await fetch_rows(database_url)]
    assert actions == [f"{number}" for number in range(MAX_COMBINED_ROWS)]


async def test_rows_alone_are_one_statement(
    unit: UnitOfWork, statements: list[str], database_url: str
) -> None:
    await unit.insert_along(INSERT, [("audit", "a")])
    await unit.insert_along(INSERT.replace("$2", "upper($2)"), [("audit", "b")])
    await unit.commit()

    assert await messages(database_url) == ["B", "a"]
    assert len(statements) == 1


async def test_a_read_without_a_change_needs_no_second_statement(
    unit: UnitOfWork, statements: list[str], widget: Widget, database_url: str
) -> None:
    await unit.read_to_change("widgets", COLUMNS, widget.id)
    await unit.commit()

    assert await names(database_url) == ["old"]
    assert len(statements) == 1


async def test_the_next_version_needs_no_second_read(
    unit: UnitOfWork, statements: list[str], widget: Widget, database_url: str
) -> None:
    await unit.read_to_change("widgets", COLUMNS, widget.id)
    following = await unit.next_version("widgets", widget.id)

    assert following is not None
    assert following.version == widget.version + 1
    assert following.updated_at > widget.updated_at
    assert await names(database_url) == ["old"]
    assert len(statements) == 1


async def test_a_record_that_was_not_read_is_read_for_its_next_version(
    unit: UnitOfWork, database: PostgresDatabase, widget: Widget
) -> None:
    await database.execute(UPDATE, widget.id, "changed")

    following = await unit.next_version("widgets", widget.id)

    assert following is not None
    assert following.version == widget.version + 2


async def test_a_missing_record_has_no_next_version(unit: UnitOfWork) -> None:
    assert await unit.next_version("widgets", 2**62) is None


async def test_versions_follow_each_other_in_a_transaction(
    unit: UnitOfWork, widget: Widget
) -> None:
    await unit.begin()
    versions = []
    for name in ("new", "newer"):
        following = await unit.next_version("widgets", widget.id)
        await unit.change("widgets", UPDATE, widget.id, name)
        versions.append(following and following.version)
    await unit.roll_back()

    assert versions == [widget.version + 1, widget.version + 2]


async def test_a_missing_lock_requires_a_transaction_that_takes_it(unit: UnitOfWork) -> None:
    unit.proceed_without_lock()

    with pytest.raises(LocksRequiredError):
        await unit.begin()


@pytest.mark.parametrize(
    "step",
    [
        pytest.param(
            lambda unit, other: unit.read_to_change("widgets", COLUMNS, other), id="read-another"
        ),
        pytest.param(
            lambda unit, other: unit.change("widgets", UPDATE, other, "new"), id="change-another"
        ),
        pytest.param(lambda unit, _: unit.begin(), id="another-statement"),
    ],
)
async def test_more_than_one_record_requires_locks(
    unit: UnitOfWork, widget: Widget, other: Widget, step: Any
) -> None:
    await unit.read_to_change("widgets", COLUMNS, widget.id)

    with pytest.raises(LocksRequiredError):
        await step(unit, other.id)


async def test_a_second_change_requires_locks(unit: UnitOfWork, widget: Widget) -> None:
    await unit.change("widgets", UPDATE, widget.id, "new")

    with pytest.raises(LocksRequiredError):
        await unit.change("widgets", UPDATE, widget.id, "newer")


async def test_many_rows_require_locks(unit: UnitOfWork) -> None:
    rows = [("audit", f"{number}") for number in range(MAX_COMBINED_ROWS + 1)]

    with pytest.raises(LocksRequiredError):
        await unit.insert_along(INSERT, rows)


async def test_rows_about_a_record_that_was_only_read_require_locks(
    unit: UnitOfWork, widget: Widget
) -> None:
    await unit.read_to_change("widgets", COLUMNS, widget.id)
    await unit.insert_along(INSERT, [("audit", "a")])

    with pytest.raises(LocksRequiredError):
        await unit.commit()


async def test_with_locks_each_statement_is_executed_at_once(
    unit: UnitOfWork, statements: list[str], widget: Widget, database_url: str
) -> None:
    await unit.begin()
    await unit.read_to_change("widgets", COLUMNS, widget.id)
    assert await unit.change("widgets", UPDATE, widget.id, "new")
    assert not await unit.change("widgets", UPDATE, 2**62, "new")
    await unit.insert_along(INSERT, [("audit", "a")])
    await unit.roll_back()

    assert await names(database_url) == ["old"]
    assert await messages(database_url) == []
    assert sum("FOR UPDATE" in statement for statement in statements) == 1
