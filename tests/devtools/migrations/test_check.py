"""Migrations that running code or a busy table cannot live with are refused."""

import asyncio
from pathlib import Path

import pytest

from devtools.migrations.findings import find_problems
from devtools.migrations.recording import Migration, record_migrations
from devtools.postgres import PrivatePostgres

REFUSED = {
    "ALTER TABLE notes DROP COLUMN text": "ban-drop-column",
    "DROP TABLE notes": "ban-drop-table",
    "ALTER TABLE notes RENAME TO remarks": "renaming-table",
    "ALTER TABLE notes RENAME COLUMN text TO body": "renaming-column",
    "ALTER TABLE notes ADD COLUMN author text NOT NULL": "adding-required-field",
    "ALTER TABLE notes ALTER COLUMN text SET NOT NULL": "adding-not-nullable-field",
    "ALTER TABLE notes ALTER COLUMN number TYPE bigint": "changing-column-type",
    "CREATE INDEX notes_text_idx ON notes (text)": "require-concurrent-index-creation",
    "DROP INDEX notes_text_idx": "require-concurrent-index-deletion",
    "ALTER TABLE notes RENAME CONSTRAINT notes_text_key TO text_key": "renaming-object",
    "ALTER TABLE notes ALTER COLUMN number DROP DEFAULT": "ban-drop-default",
    "DROP FUNCTION search_pairs(text)": "ban-drop-function",
    "UPDATE notes SET number = 1 WHERE number IS NULL": "changes-rows",
    "WITH old AS (SELECT 1) DELETE FROM notes": "changes-rows",
    "TRUNCATE notes": "changes-rows",
    "CREATE UNIQUE INDEX CONCURRENTLY notes_text_key ON notes (text)": "new-unique-index",
    "ALTER TABLE notes ADD CONSTRAINT c CHECK (number > 0) NOT VALID": "new-constraint",
    "CREATE TRIGGER t BEFORE INSERT ON notes EXECUTE FUNCTION f()": "new-trigger",
    "ALTER TABLE notes ENABLE ROW LEVEL SECURITY": "row-security",
    "REVOKE SELECT ON notes FROM service": "revokes-rights",
    "VACUUM (FULL) notes": "blocks-table",
    "LOCK TABLE notes": "blocks-table",
    "ALTER TABLE notes ADD COLUMN position bigserial": "adds-serial",
    "ALTER TABLE notes ADD pages int, ADD COLUMN IF NOT EXISTS place serial": "adds-serial",
}
ALLOWED = (
    "ALTER TABLE notes ADD COLUMN author text",
    "ALTER TABLE notes ADD COLUMN pages integer NOT NULL DEFAULT 1",
    "ALTER TABLE notes ADD COLUMN serial bigint",
    "ALTER TABLE notes ADD CONSTRAINT positive CHECK (pages > 0 AND serial > 0) NOT VALID",
    "CREATE INDEX CONCURRENTLY notes_text_idx ON notes (text)",
    "CREATE TABLE remarks (id bigint PRIMARY KEY, note_id bigint NOT NULL)",
)


def migration(*statements: str, exempt: dict[str, str] | None = None) -> Migration:
    return Migration(path=Path("0009_notes.py"), statements=statements, exempt=exempt or {})


@pytest.mark.parametrize("statement", REFUSED)
def test_a_breaking_statement_is_refused(statement: str) -> None:
    found = find_problems(migration("SELECT 1", statement))

    assert {each.rule: each.statement for each in found} == {REFUSED[statement]: statement}


def test_what_expands_the_schema_is_allowed() -> None:
    assert find_problems(migration(*ALLOWED)) == []


def test_a_constraint_that_scans_the_table_is_refused_even_on_a_new_column() -> None:
    statement = "ALTER TABLE notes ADD CONSTRAINT positive CHECK (pages > 0)"

    found = find_problems(migration(ALLOWED[1], statement))

    assert [each.rule for each in found] == ["constraint-missing-not-valid"]


def test_a_new_table_may_be_indexed_and_filled_at_once() -> None:
    created = "CREATE TABLE remarks (id bigint PRIMARY KEY, text text)"
    others = ("CREATE UNIQUE INDEX ON remarks (text)", "UPDATE remarks SET text = ''")

    assert find_problems(migration(created, *others)) == []


def test_a_migration_may_exempt_a_rule_with_a_reason() -> None:
    exempt = {"ban-drop-column": "no version since 1.4 reads it"}

    assert find_problems(migration("ALTER TABLE notes DROP COLUMN text", exempt=exempt)) == []


def test_an_exemption_that_is_not_needed_is_refused() -> None:
    found = find_problems(migration(ALLOWED[0], exempt={"ban-drop-column": "not any more"}))

    assert [each.rule for each in found] == ["ban-drop-column"]


def test_the_migrations_of_this_service_are_recorded_and_allowed(
    postgres: PrivatePostgres,
) -> None:
    postgres.query('DROP DATABASE IF EXISTS "checked"')
    migrations = asyncio.run(record_migrations(postgres.create_database("checked")))

    assert all(each.statements for each in migrations)
    assert [problem for each in migrations for problem in find_problems(each)] == []
