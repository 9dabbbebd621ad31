"""The fields of a domain that has been renamed: its table, its parts and its view are found."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from devtools.domain.changes.field_lists import blueprint_of_table
from devtools.domain.changes.history import read_history
from devtools.domain.changes.plan import plan_addition, plan_drop, plan_removal
from devtools.domain.changes.table import table_of
from devtools.domain.names import view_of
from devtools.domain.record import read_record
from devtools.domain.refusal import RefusedError
from devtools.domain.remove_domain import plan as plan_of_removal
from devtools.domain.renaming.migrations import finish_text, path_of_finish
from devtools.domain.renaming.plan import make_plan
from devtools.domain.revisions import newest_revision, next_revision
from devtools.postgres import PrivatePostgres
from tests.support.changed_domains import PLURAL, apply_plan, make_domain, migrate
from tests.support.database import execute, fetch_rows
from tests.support.repository_copy import copy_repository

FIELDS = ["customer:str(100)", "status:enum(new,paid)=new", "note:text?", "number:int? unique"]
NEW = "purchases"


@pytest.fixture(scope="module")
def renamed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A domain with an added and a removed field, renamed."""
    copy = copy_repository(tmp_path_factory.mktemp("renamed"))
    make_domain(copy, FIELDS)
    apply_plan(
        copy, plan_addition(PLURAL, ["label:str(40)?", "size:int>0=1"], copy, is_searched=False)
    )
    apply_plan(copy, plan_removal(PLURAL, ["note", "number"], copy))
    before = read_record(copy, PLURAL)
    rename(copy)
    assert read_record(copy, NEW) == replace(before, plural=NEW, singular="purchase")
    return copy


@pytest.fixture
def copy(renamed: Path, tmp_path: Path) -> Path:
    """The same, for tests that change it."""
    return shutil.copytree(renamed, tmp_path / "copy")


@pytest.fixture
def url(postgres: PrivatePostgres) -> Iterator[str]:
    yield postgres.create_database("renamed_table")
    postgres.query('DROP DATABASE "renamed_table"')


def rename(copy: Path) -> None:
    made = make_plan(PLURAL, NEW, None, copy)
    assert made.conflicts == []
    for old, new in made.moves.items():
        (copy / new).parent.mkdir(parents=True, exist_ok=True)
        (copy / old).rename(copy / new)
    for path, text in made.texts.items():
        (copy / path).write_text(text)


def finish(copy: Path) -> None:
    revision = next_revision(copy)
    text = finish_text(PLURAL, NEW, revision=revision, down_revision=newest_revision(copy))
    (copy / path_of_finish(PLURAL, revision)).write_text(text)


async def rows_of_view(url: str) -> list[dict[str, Any]]:
    """Return the rows; a column that is dropped with its search text rewrites them: other xmin."""
    rows = await fetch_rows(url, PLURAL)
    assert all(isinstance(row.pop("xmin"), int) for row in rows)
    return rows


def test_the_history_has_the_parts_under_their_new_names(renamed: Path) -> None:
    made, is_referenced = read_history(NEW, renamed)

    expected = table_of(blueprint_of_table(read_record(renamed, NEW)))
    assert (made.name, made.indexes, made.keys) == (NEW, expected.indexes, expected.keys)
    assert is_referenced is False


def test_a_foreign_key_of_the_time_before_the_rename_is_seen(copy: Path) -> None:
    path = next((copy / "migrations/versions").glob("*_add_label_and_size.py"))
    path.write_text(path.read_text() + f"\n# REFERENCES {PLURAL}\n")

    assert read_history(NEW, copy)[1] is True


def test_nothing_is_dropped_while_the_view_has_it(renamed: Path) -> None:
    with pytest.raises(RefusedError, match=f"rename-domain {PLURAL} {NEW} --finish"):
        plan_drop(NEW, ["note"], renamed)
    with pytest.raises(RefusedError, match=f"rename-domain {PLURAL} {NEW} --finish"):
        plan_addition(NEW, ["remark:str(20)?"], renamed, is_searched=True)


async def test_fields_are_added_and_dropped_and_all_has_a_way_back(copy: Path, url: str) -> None:
    await migrate(copy, url)
    await execute(url, "INSERT INTO trial_orders (customer) VALUES ('A')")
    before = await rows_of_view(url)
    added = plan_addition(NEW, ["weight:int>0=1"], copy, is_searched=False)
    apply_plan(copy, added)
    finish(copy)
    assert view_of(copy, NEW) is None
    drop = plan_drop(NEW, ["note", "number"], copy)
    assert not [note for note in drop.notes if "stay as they are" in note]
    apply_plan(copy, drop)

    await migrate(copy, url)

    (row,) = await fetch_rows(url, NEW)
    assert (row["customer"], row["weight"], "note" in row) == ("A", 1, False)
    # A view that comes back has the new column, which then goes.
    await migrate(copy, url, back=len(drop.migrations) + 1 + len(added.migrations))
    assert await rows_of_view(url) == before
    await migrate(copy, url)
    _, (path, text) = plan_of_removal(NEW, copy)
    (copy / path).write_text(text)
    await migrate(copy, url)
    await migrate(copy, url, back=1)
    assert await fetch_rows(url, NEW) == []
