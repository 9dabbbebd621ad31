"""A migrated table equals one made anew, keeps its rows, and is not rewritten; also backwards."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from devtools.domain.changes.history import read_history
from devtools.domain.changes.plan import plan_addition, plan_drop, plan_removal
from devtools.domain.remove_domain import plan
from devtools.migrations import recording
from devtools.migrations.findings import find_problems
from devtools.migrations.recording import record_migrations
from devtools.postgres import PrivatePostgres
from tests.support.changed_domains import (
    PLURAL,
    apply_plan,
    create_anew,
    file_of_table,
    make_domain,
    migrate,
    read_catalog,
)
from tests.support.database import execute, fetch_rows
from tests.support.repository_copy import copy_repository

LED = ["customer:str(100)", "quantity:int>0", "status:enum(new,paid)=new", "note:text?"]
# Without an enum, the primary key is the index for the sort by ID.
NOT_LED = ["customer:str(100)", "total:money"]
NUMBERS_ONLY = ["total:money", "is_open:bool"]

ADDED = [
    *("discount:money?", "is_gift:bool=false", "channel:enum(web,shop)=web", "due_on:date?"),
    *("size:bigint?", "ratio:decimal(8,3)>0=1.5", "balance:money(signed)=-1", "key:uuid? unique"),
    *("contact:email? unique", "site:url?", "opens_at:time?"),
    *("seen_at:datetime=now", "begins_on:date=today"),
    *("weight:int>0=1", "code:str(20)? unique", "remark:text?", "label:str(40)=to be  labelled"),
]
EVERY_KIND = [
    *(*LED, "price:money", "size:int>=5", "is_open:bool", "due_on:date", "seen_at:datetime?"),
    *("kind:enum(hw,sw)", "code:str(20) unique", "number:int unique", "title:str(200)"),
    *("space:bigint<=-5", "ratio:decimal(8,3)>0", "balance:money(signed)", "owner:uuid"),
    *("key:uuid unique", "contact:email unique", "mail:email", "site:url", "opens_at:time"),
]
REMOVED = [
    *("quantity", "note", "price", "size", "is_open", "due_on", "seen_at", "kind", "code"),
    *("number", "title", "space", "ratio", "balance", "owner", "key"),
    *("contact", "mail", "site", "opens_at"),
]
FULL_ROW = (
    "(customer, quantity, price, size, is_open, due_on, kind, code, number, title, space, ratio,"
    " balance, owner, key, contact, mail, site, opens_at)"
    " VALUES ('{0}', 1, 2, 5, true, '2026-01-01', 'hw', '{0}', {1}, 'T', -5, 0.5, -1,"
    " gen_random_uuid(), gen_random_uuid(), '{0}@b.co', 'a@b.co', 'http://b', '09:30')"
)
ROWS = {
    "led": "(customer, quantity) VALUES ('A', 1), ('B', 2)",
    "not_led": "(customer, total) VALUES ('A', 1), ('B', 2)",
    "numbers_only": "(total, is_open) VALUES (1, true), (2, false)",
}
SHAPES = {"led": LED, "not_led": NOT_LED, "numbers_only": NUMBERS_ONLY}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return copy_repository(tmp_path)


@pytest.fixture
def url(postgres: PrivatePostgres) -> Iterator[str]:
    yield postgres.create_database("changed_fields")
    postgres.query('DROP DATABASE "changed_fields"')


def unique_keys(constraints: Iterable[tuple[str, str]]) -> set[str]:
    return {name for name, definition in constraints if definition.startswith("UNIQUE")}


async def prepare(copy: Path, url: str, shape: str) -> None:
    make_domain(copy, SHAPES[shape])
    await migrate(copy, url)
    await execute(url, f"INSERT INTO trial_orders {ROWS[shape]}")


@pytest.mark.parametrize("shape", sorted(SHAPES))
async def test_added_fields_make_the_table_of_a_new_domain(
    copy: Path, url: str, shape: str
) -> None:
    await prepare(copy, url, shape)
    before, rows, file = (
        await read_catalog(url),
        await fetch_rows(url, PLURAL),
        await file_of_table(url),
    )
    added = plan_addition(PLURAL, ADDED, copy, is_searched=False)
    apply_plan(copy, added)

    await migrate(copy, url)

    after, kept = await read_catalog(url), await fetch_rows(url, PLURAL)
    assert await file_of_table(url) == file
    assert [row.items() >= old.items() for row, old in zip(kept, rows, strict=True)] == [True] * 2
    assert (kept[0]["label"], kept[0]["channel"]) == ("to be  labelled", "web")
    assert kept[0]["seen_at"] == kept[1]["seen_at"] > kept[1]["created_at"]
    assert kept[0]["begins_on"] == kept[0]["seen_at"].date()
    assert unique_keys(read_history(PLURAL, copy)[0].constraints.items()) == unique_keys(
        (str(name), str(definition)) for name, definition, _ in after["constraints"]
    )
    await migrate(copy, url, back=len(added.migrations))
    assert (await read_catalog(url), await fetch_rows(url, PLURAL)) == (before, rows)
    await migrate(copy, url)
    assert await read_catalog(url) == after
    await create_anew(copy, url)
    assert await read_catalog(url) == after


@pytest.mark.parametrize("shape", sorted(SHAPES))
async def test_a_searched_text_makes_the_table_of_a_new_domain(
    copy: Path, url: str, shape: str
) -> None:
    await prepare(copy, url, shape)
    before, rows = await read_catalog(url), await fetch_rows(url, PLURAL)
    added = plan_addition(PLURAL, ["remark:str(200)=None yet"], copy, is_searched=True)
    apply_plan(copy, added)
    assert any("rewrites" in note for note in added.notes)

    await migrate(copy, url)

    after = await read_catalog(url)
    assert "none yet" in (await fetch_rows(url, PLURAL))[0]["search_text"]
    await migrate(copy, url, back=len(added.migrations))
    assert (await read_catalog(url), await fetch_rows(url, PLURAL)) == (before, rows)
    await create_anew(copy, url)
    assert await read_catalog(url) == after


async def test_removed_fields_are_not_required_and_then_dropped(copy: Path, url: str) -> None:
    make_domain(copy, EVERY_KIND)
    await migrate(copy, url)
    await execute(url, f"INSERT INTO trial_orders {FULL_ROW.format('A', 1)}")
    full = await read_catalog(url)

    # What the new code writes, and what the old code still writes.
    apply_plan(copy, removal := plan_removal(PLURAL, REMOVED, copy))
    await migrate(copy, url)
    file = await file_of_table(url)
    await execute(url, "INSERT INTO trial_orders (customer) VALUES ('B'), ('C')")
    await execute(url, f"INSERT INTO trial_orders {FULL_ROW.format('D', 4)}")
    relaxed, rows = await read_catalog(url), await fetch_rows(url, PLURAL)
    assert await file_of_table(url) == file
    assert [row["number"] for row in rows] == [1, None, None, 4]
    assert (rows[1]["size"], rows[1]["title"], rows[1]["kind"]) == (5, "?", "hw")
    assert (rows[1]["space"], rows[1]["ratio"], rows[1]["owner"].int) == (-5, Decimal("0.001"), 0)

    apply_plan(copy, drop := plan_drop(PLURAL, REMOVED, copy))
    await migrate(copy, url)
    dropped = await read_catalog(url)
    assert [row["customer"] for row in await fetch_rows(url, PLURAL)] == ["A", "B", "C", "D"]

    await migrate(copy, url, back=len(drop.migrations))
    assert await read_catalog(url) == relaxed
    # The numbers are lost, and only their owner can give others.
    await execute(url, "UPDATE trial_orders SET number = id")
    await migrate(copy, url, back=len(removal.migrations))
    assert await read_catalog(url) == full
    await migrate(copy, url)
    assert await read_catalog(url) == dropped
    await create_anew(copy, url)
    assert await read_catalog(url) == dropped


async def test_a_removed_domain_is_created_again_with_its_added_fields(
    copy: Path, url: str
) -> None:
    await prepare(copy, url, "led")
    apply_plan(copy, plan_addition(PLURAL, ADDED, copy, is_searched=False))
    apply_plan(copy, plan_removal(PLURAL, ["quantity"], copy))
    apply_plan(copy, plan_drop(PLURAL, ["quantity"], copy))
    await migrate(copy, url)
    changed = await read_catalog(url)
    _, (path, text) = plan(PLURAL, copy)
    (copy / path).write_text(text)
    await migrate(copy, url)

    await migrate(copy, url, back=1)

    assert await read_catalog(url) == changed


@pytest.mark.parametrize("shape", sorted(SHAPES))
async def test_the_migrations_keep_the_rules_of_a_busy_table(
    copy: Path, url: str, shape: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_domain(copy, SHAPES[shape])
    removed = ["discount", "code", "remark", "title"]
    apply_plan(copy, plan_addition(PLURAL, ADDED, copy, is_searched=False))
    apply_plan(copy, plan_addition(PLURAL, ["title:text?"], copy, is_searched=True))
    apply_plan(copy, plan_removal(PLURAL, removed, copy))
    apply_plan(copy, plan_drop(PLURAL, removed, copy))
    monkeypatch.setattr(recording, "SCRIPTS", copy / "migrations")

    migrations = await record_migrations(url)

    assert [problem for each in migrations for problem in find_problems(each)] == []
