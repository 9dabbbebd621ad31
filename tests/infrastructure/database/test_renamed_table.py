"""A process of the release before a rename uses the view that has the former name."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from app.infrastructure.database.postgres_database import PostgresDatabase
from tests.widgets.exceptions.widget_exceptions import CodeTakenError
from tests.widgets.factories import make_new_widget
from tests.widgets.models.widget import Widget
from tests.widgets.repositories.postgres_widget_repository import PostgresWidgetRepository

# As `rename-domain` writes it.
RENAME = """
    ALTER TABLE widgets RENAME TO gadgets;
    ALTER TABLE gadgets RENAME CONSTRAINT widgets_code_key TO gadgets_code_key;
    CREATE VIEW widgets AS SELECT *, xmin FROM gadgets
"""
BACK = """
    DROP VIEW widgets;
    ALTER TABLE gadgets RENAME TO widgets;
    ALTER TABLE widgets RENAME CONSTRAINT gadgets_code_key TO widgets_code_key
"""
TRIGGER = """
    CREATE TABLE archive (code text CONSTRAINT archive_code_key UNIQUE);
    INSERT INTO archive VALUES ('NEW');
    CREATE FUNCTION archive_row() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN INSERT INTO archive VALUES (NEW.code); RETURN NEW; END
    $$;
    CREATE TRIGGER archive_row BEFORE INSERT ON widgets
        FOR EACH ROW EXECUTE FUNCTION archive_row()
"""


@pytest.fixture
async def renamed(database: PostgresDatabase, other: Widget) -> AsyncIterator[Widget]:
    await database.execute(RENAME)
    yield other
    await database.execute(BACK)


async def test_a_taken_value_is_a_conflict(
    database: PostgresDatabase, widget: Widget, renamed: Widget
) -> None:
    widgets = PostgresWidgetRepository(database=database)

    async def update(code: str | None = renamed.code) -> Widget:
        stored = await widgets.get_for_update(widget.id)
        return await widgets.update(Widget(**{**vars(stored), "code": code}))

    with pytest.raises(CodeTakenError):
        await database.run(lambda: widgets.add(make_new_widget(code=renamed.code)))
    with pytest.raises(CodeTakenError):
        await database.run(update)
    assert (await database.run(lambda: update("FREE"))).code == "FREE"
    await database.run(lambda: widgets.remove(widget.id))


async def test_a_key_that_a_trigger_violates_is_that_of_another_table(
    database: PostgresDatabase,
) -> None:
    await database.execute(TRIGGER)
    try:
        widgets = PostgresWidgetRepository(database=database)
        with pytest.raises(asyncpg.UniqueViolationError) as violation:
            await database.run(lambda: widgets.add(make_new_widget(code="NEW")))
    finally:
        await database.execute("DROP TABLE archive; DROP FUNCTION archive_row CASCADE")

    assert violation.value.constraint_name == "archive_code_key"
