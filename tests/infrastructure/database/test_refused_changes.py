"""The statement of a use case stores nothing if the record is another one by then."""

import asyncpg
import pytest

from app.infrastructure.database.postgres_database import PostgresDatabase
from app.infrastructure.database.unit_of_work import LocksRequiredError, UnitOfWork
from tests.support.widget_statements import COLUMNS, INSERT, UPDATE, messages, names
from tests.widgets.models.widget import Widget


async def test_a_change_of_another_version_stores_nothing(
    unit: UnitOfWork, database: PostgresDatabase, widget: Widget, database_url: str
) -> None:
    await unit.read_to_change("widgets", COLUMNS, widget.id)
    await database.execute(UPDATE, widget.id, "changed")
    await unit.change("widgets", UPDATE, widget.id, "new")
    await unit.insert_along(INSERT, [("audit", "a")])

    with pytest.raises(LocksRequiredError):
        await unit.commit()
    assert await names(database_url) == ["changed"]
    assert await messages(database_url) == []


async def test_a_change_that_counts_no_version_is_not_lost(
    unit: UnitOfWork, database: PostgresDatabase, widget: Widget, database_url: str
) -> None:
    await unit.read_to_change("widgets", COLUMNS, widget.id)
    await database.execute("UPDATE widgets SET name = 'by hand' WHERE id = $1", widget.id)
    await unit.change("widgets", UPDATE, widget.id, "new")

    with pytest.raises(LocksRequiredError):
        await unit.commit()
    assert await names(database_url) == ["by hand"]


@pytest.mark.parametrize("lock", ["FOR UPDATE", "FOR KEY SHARE"])
@pytest.mark.parametrize("change", [UPDATE, "DELETE FROM widgets WHERE id = $1 AND $2 <> ''"])
async def test_a_change_does_not_wait_for_a_lock(
    unit: UnitOfWork, database_url: str, widget: Widget, change: str, lock: str
) -> None:
    await unit.read_to_change("widgets", COLUMNS, widget.id)
    await unit.change("widgets", change, widget.id, "new")
    await unit.connection.execute("SET lock_timeout = 1")
    other = await asyncpg.connect(database_url)
    async with other.transaction():
        await other.execute(f"SELECT FROM widgets {lock}")

        # The lock timeout would be another error.
        with pytest.raises(LocksRequiredError):
            await unit.commit()
    await other.close()
    assert await names(database_url) == ["old"]


async def test_a_removal_of_another_version_stores_nothing(
    unit: UnitOfWork, database: PostgresDatabase, widget: Widget, database_url: str
) -> None:
    await unit.read_to_change("widgets", COLUMNS, widget.id)
    await database.execute(UPDATE, widget.id, "changed")
    await unit.change("widgets", "DELETE FROM widgets WHERE id = $1", widget.id)

    with pytest.raises(LocksRequiredError):
        await unit.commit()
    assert await names(database_url) == ["changed"]


async def test_a_violated_constraint_stores_nothing(
    unit: UnitOfWork, widget: Widget, database_url: str
) -> None:
    await unit.insert_along(INSERT, [("audit", "a"), ("audit", "a")])
    await unit.change("widgets", UPDATE, widget.id, "new")

    with pytest.raises(LocksRequiredError):
        await unit.commit()
    assert await names(database_url) == ["old"]


async def test_a_value_that_the_server_refuses_stores_nothing(
    unit: UnitOfWork, widget: Widget, database_url: str
) -> None:
    update = "UPDATE widgets SET name = $2, quantity = quantity + 2147483647 WHERE id = $1"
    await unit.connection.execute("UPDATE widgets SET quantity = 1")
    await unit.change("widgets", update, widget.id, "new")

    with pytest.raises(LocksRequiredError):
        await unit.commit()
    assert await names(database_url) == ["old"]
