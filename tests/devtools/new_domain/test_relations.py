"""Tables, indexes and keys of domains share no name, because PostgreSQL has each once."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from devtools.domain.changes.field_lists import blueprint_of_table
from devtools.domain.changes.history import read_history
from devtools.domain.changes.plan import plan_addition
from devtools.domain.changes.table import table_of
from devtools.domain.new_domain import make, read_blueprint
from devtools.domain.record import DomainRecord, record_path, record_text
from devtools.domain.refusal import RefusedError
from devtools.domain.renaming.plan import make_plan
from devtools.domain.rendering import write
from devtools.postgres import PrivatePostgres
from tests.support.changed_domains import migrate
from tests.support.database import fetch_rows
from tests.support.repository_copy import copy_repository, read_files, run_module_in

# With their singulars. The name of each begins with that of the first.
DOMAINS = {
    ("trial_orders", "trial_order"): [
        *("items_total:money", "total:money", "number:str(20)? unique", "items_label:str(40)?"),
    ],
    ("trial_orders_lines", "trial_line"): ["size:int"],
    ("trial_parts", "trial_part"): ["total:money"],
}
NAMES_OF_PARTS = """
    SELECT conname::text AS name FROM pg_constraint
    WHERE conrelid = 'trial_orders_items'::regclass AND contype IN ('p', 'u')
    UNION
    SELECT relname FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
    WHERE indrelid = 'trial_orders_items'::regclass
"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = copy_repository(tmp_path_factory.mktemp("relations"))
    for (plural, singular), fields in DOMAINS.items():
        created, changed = make(read_blueprint(plural, singular, fields, copy), copy)
        record = DomainRecord(plural=plural, singular=singular, fields=fields)
        write({**created, **changed, record_path(plural): record_text(record)}, copy)
    return copy


@pytest.fixture
def url(postgres: PrivatePostgres) -> Iterator[str]:
    yield postgres.create_database("relations")
    postgres.query('DROP DATABASE "relations"')


@pytest.mark.parametrize(
    ("plural", "field", "name"),
    [
        ("trial_orders_items", "total:money", "trial_orders_items_total_walk"),
        ("trial_orders_items", "label:str(40)?", "trial_orders_items_label_idx"),
        ("trial_orders_number_key", "size:int", "trial_orders_number_key"),
        ("trial_orders_id_seq", "size:int", "trial_orders_id_seq"),
        ("trial", "orders_number:str(4)? unique", "trial_orders_number_key"),
    ],
)
def test_a_new_domain_takes_no_name_of_another(
    copy: Path, plural: str, field: str, name: str
) -> None:
    with pytest.raises(RefusedError) as refusal:
        read_blueprint(plural, "other", [field], copy)

    assert str(refusal.value) == (
        f"{plural}: the name {name} belongs to trial_orders already, and PostgreSQL allows it once;"
        " give the field or the domain another name"
    )


@pytest.mark.parametrize(
    ("plural", "field"),
    [
        ("trial_orders_items", "size:int"),
        ("trial_orders_item", "total:money"),
        # The names of constraints that are no keys belong to their table.
        ("trial_orders_items", "total:money(signed)?"),
        ("trial", "orders_lines:str(4)? unique"),
    ],
)
def test_similar_names_are_allowed(copy: Path, plural: str, field: str) -> None:
    assert read_blueprint(plural, "other", [field], copy).names.plural == plural


def test_what_is_written_by_hand_has_names_too(tmp_path: Path) -> None:
    router, migration = tmp_path / "app/api/v1/router.py", "migrations/versions/0001_by_hand.py"
    statements = [
        "CREATE TABLE lots_total_walk (id bigint)",
        "CREATE TABLE lots (id bigint PRIMARY KEY)",
        "CREATE INDEX lots_parts_size_walk ON lots (id)",
    ]
    calls = "\n".join(f'    op.execute("{each}")' for each in statements)
    text = f'revision = "0001"\ndown_revision = None\n\n\ndef upgrade():\n{calls}\n'
    write({str(router): "", migration: text}, tmp_path)

    with pytest.raises(RefusedError, match="the name lots_parts_size_walk belongs to lots already"):
        read_blueprint("lots_parts", None, ["size:int"], tmp_path)
    (tmp_path / migration).write_text(text.replace("CREATE TABLE lots (", "CREATE TABLE bins ("))
    with pytest.raises(RefusedError, match="the name lots_total_walk is a table already"):
        read_blueprint("lots", None, ["total:money"], tmp_path)


def test_an_added_field_takes_no_name_of_another_domain(copy: Path) -> None:
    with pytest.raises(RefusedError, match="trial_orders_lines_size_walk belongs to trial_orders_"):
        plan_addition("trial_orders", ["lines_size:int=1"], copy, is_searched=False)

    # It has no index of that name.
    assert plan_addition("trial_orders", ["lines_size:int?"], copy, is_searched=False).migrations


def test_a_rename_takes_no_name_of_another_domain(copy: Path) -> None:
    with pytest.raises(RefusedError, match="trial_orders_items_total_walk belongs to trial_orders"):
        make_plan("trial_parts", "trial_orders_items", "trial_item", copy)


async def test_a_rename_may_use_the_names_of_the_table_itself(
    copy: Path, url: str, tmp_path: Path
) -> None:
    """`trial_orders_total_walk` becomes `trial_orders_items_total_walk`, which exists before."""
    old, new, singular = "trial_orders", "trial_orders_items", "trial_order"
    shutil.copytree(copy / "migrations", tmp_path / "migrations")
    planned = make_plan(old, new, singular, copy)
    write({planned.migration: planned.texts[planned.migration]}, tmp_path)
    renamed = DomainRecord(plural=new, singular=singular, fields=DOMAINS[old, singular])
    expected = table_of(blueprint_of_table(renamed))
    made, _ = read_history(new, tmp_path)
    assert (made.indexes, made.keys) == (expected.indexes, expected.keys)

    await migrate(tmp_path, url)

    names = {row["name"] for row in await fetch_rows(url, f"({NAMES_OF_PARTS}) AS parts")}
    assert names == {*expected.indexes, *expected.keys}
    await migrate(tmp_path, url, back=1)
    await migrate(tmp_path, url)


def test_the_command_writes_nothing(copy: Path) -> None:
    before = read_files(copy)

    refused = run_module_in(
        *(copy, "devtools", "new-domain", "trial_orders_items", "--field", "total:money")
    )

    assert (refused.returncode, refused.stdout, read_files(copy)) == (2, "", before)
    assert "trial_orders_items_total_walk belongs to trial_orders already" in refused.stderr
