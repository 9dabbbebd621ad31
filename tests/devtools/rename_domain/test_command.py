"""`dev.py rename-domain` renames an edited domain, its wiring and its table with all rows."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from app.repositories.shared import system_fields
from devtools.copying.git import git
from devtools.domain.names import tables, view_of
from devtools.domain.record import read_record
from devtools.domain.remove_domain import history_of
from devtools.postgres import PrivatePostgres
from tests.support.copied_services import commit_all, duplicate
from tests.support.database import fetch_rows
from tests.support.repository_copy import (
    check_module_in,
    copy_repository,
    read_files,
    run_module_in,
)
from tests.support.server import make_environment

TRIALS = ("trial_orders", "--field", "customer:str(100)", "--field", "number:int unique")
RENAME = ("devtools", "rename-domain", "trial_orders", "purchases")
INSERT = "INSERT INTO {} (id, customer, number) OVERRIDING SYSTEM VALUE VALUES ($1, 'A', 1)"
NAMES_OF_PARTS = """
    SELECT conname FROM pg_constraint WHERE conrelid = 'purchases'::regclass
    UNION SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = 'purchases'::regclass
"""


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with a domain, and with code of its owner that uses it."""
    copy = copy_repository(tmp_path_factory.mktemp("rename"))
    check_module_in(copy, "devtools", "docs")
    (copy / "docs" / "EXAMPLES.md").write_text("curl /api/v1/trial_orders\n")
    git(copy, "init", "--quiet")
    commit_all(copy)
    check_module_in(copy, "devtools", "new-domain", *TRIALS)
    (copy / "deploy" / "paths").write_text("/api/v1/trial_orders\n")
    (copy / "app" / "services" / "shared" / "totals.py").write_text(
        '"""Sum up."""\n\nfrom app.models.trial_orders.trial_order import TrialOrder\n\n\n'
        "def count(trial_orders: list[TrialOrder]) -> int:\n    return len(trial_orders)\n"
    )
    model = copy / "app" / "models" / "trial_orders" / "trial_order.py"
    model.write_text(model.read_text() + "\n\ndef is_big(order: TrialOrder) -> bool: ...\n")
    commit_all(copy)
    return copy


@pytest.fixture(scope="module")
def report(original: Path) -> str:
    """The output of the rename."""
    before = read_files(original)
    shown = run_module_in(original, *RENAME, "--dry-run")
    assert (shown.returncode, read_files(original)) == (0, before), shown.stderr
    assert "  app/models/trial_orders/ -> app/models/purchases/\n" in shown.stdout

    done = run_module_in(original, *RENAME)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def renamed(original: Path, report: str) -> Path:
    assert report.startswith("Moved:\n")
    return original


@pytest.fixture
def clone(renamed: Path, tmp_path: Path) -> Path:
    """The renamed repository, for tests that change it."""
    return duplicate(renamed, tmp_path / "clone")


@pytest.fixture(scope="module")
def original_database(renamed: Path, postgres: PrivatePostgres) -> str:
    """The name of a database with a row of the time before the rename."""
    url = postgres.create_database("renamed_original")
    created, _ = history_of("purchases", renamed)
    alembic(renamed, url, "upgrade", created)
    row = INSERT.format("trial_orders").replace("($1", "(7")
    postgres.query(row, database="renamed_original")
    alembic(renamed, url, "upgrade", "head")
    return "renamed_original"


@pytest.fixture
def upgraded(original_database: str, postgres: PrivatePostgres) -> str:
    """A duplicate of that database, for a test that changes it."""
    postgres.query('DROP DATABASE IF EXISTS "renamed"')
    postgres.query(f'CREATE DATABASE "renamed" TEMPLATE "{original_database}"')
    return postgres.database_url("renamed")


@pytest.fixture
async def connection(upgraded: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(upgraded)
    yield connection
    await connection.close()


def alembic(copy: Path, url: str, *arguments: str) -> None:
    environment = {"PATH": os.defpath, **make_environment(url, "http://127.0.0.1:9/auth", copy)}
    command = [sys.executable, "-m", "alembic", *arguments]
    done = subprocess.run(  # noqa: S603 - ours
        command, cwd=copy, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_code_has_the_new_name_everywhere(renamed: Path) -> None:
    for place in ("app", "tests"):
        assert not [*(renamed / place).rglob("*trial_order*")]
    model = (renamed / "app/models/purchases/purchase.py").read_text()
    assert "def is_big(order: Purchase) -> bool" in model
    totals = (renamed / "app/services/shared/totals.py").read_text()
    assert "from app.models.purchases.purchase import Purchase\n" in totals
    router = (renamed / "app/api/v1/router.py").read_text()
    assert 'purchase_endpoints.router, prefix="/v1/purchases", tags=["Purchases"]' in router
    assert 'resource="purchases", key="number"' in (
        " ".join((renamed / "app/commands/import_targets.py").read_text().split())
    )
    record = read_record(renamed, "purchases")
    assert (record.singular, [*record.fields]) == ("purchase", [*TRIALS[2::2]])
    assert "/api/v1/purchases" in (renamed / "docs/API.md").read_text()


def test_only_lines_about_the_domain_are_left_to_its_owner(report: str) -> None:
    listed = report.partition("see whether they must change:\n")[2].partition("Test it:")[0]

    assert listed == "  deploy/paths:1\n"


def test_the_renamed_code_keeps_the_rules_of_style(renamed: Path) -> None:
    check_module_in(renamed, "ruff", "check", "--no-cache", "app", "tests", "migrations")
    check_module_in(renamed, "ruff", "format", "--no-cache", "--check", "app", "migrations")
    check_module_in(renamed, "devtools", "check-migrations")
    check_module_in(renamed, "pytest", "-q", "-p", "no:cacheprovider", "tests/purchases/unit")


def test_one_command_of_git_undoes_it(clone: Path) -> None:
    git(clone, "reset", "--hard")

    assert git(clone, "status", "--porcelain") == ""
    assert not (clone / "app/models/purchases/purchase.py").exists()


async def test_rows_stay_and_everything_of_the_table_is_renamed(
    upgraded: str, connection: asyncpg.Connection
) -> None:
    (row,) = await fetch_rows(upgraded, "purchases")
    assert (row["id"], row["customer"]) == (7, "A")
    names = [record[0] for record in await connection.fetch(NAMES_OF_PARTS)]
    assert {"purchases_pkey", "purchases_number_key", "purchases_created_at_walk"} <= {*names}
    assert [name for name in names if not name.startswith("purchases_")] == []


async def test_old_code_uses_the_view(upgraded: str, connection: asyncpg.Connection) -> None:
    await connection.execute("UPDATE trial_orders SET number = 7 WHERE id = 7")
    reserved = await connection.fetchval(system_fields.RESERVE, "trial_orders")
    await connection.execute(INSERT.format("trial_orders"), reserved)
    await connection.execute("UPDATE trial_orders SET customer = 'B' WHERE id = 7")
    locked = "SELECT customer, xmin FROM trial_orders WHERE id = 7 FOR NO KEY UPDATE"
    assert await connection.fetchval(locked) == "B"
    await connection.execute("DELETE FROM trial_orders WHERE id = 7")
    # Both names reserve from one sequence.
    assert await connection.fetchval(system_fields.RESERVE, "purchases") == reserved + 1
    assert [row["id"] for row in await fetch_rows(upgraded, "purchases")] == [reserved]


async def test_the_rename_has_a_way_back(renamed: Path, upgraded: str) -> None:
    alembic(renamed, upgraded, "downgrade", "-1")

    (row,) = await fetch_rows(upgraded, "trial_orders")
    assert row["id"] == 7
    alembic(renamed, upgraded, "upgrade", "head")
    assert len(await fetch_rows(upgraded, "purchases")) == 1


async def test_the_view_goes_in_a_later_release(
    clone: Path, upgraded: str, connection: asyncpg.Connection
) -> None:
    commit_all(clone)
    assert view_of(clone, "purchases") == "trial_orders"
    again = run_module_in(clone, "devtools", "rename-domain", "purchases", "sales")
    assert (again.returncode, again.stdout) == (2, "")
    assert "rename-domain trial_orders purchases --finish" in again.stderr

    check_module_in(clone, *RENAME, "--finish")

    alembic(clone, upgraded, "upgrade", "head")
    assert await connection.fetchval("SELECT to_regclass('trial_orders')") is None
    assert await connection.fetchval("SELECT to_regclass('purchases_id_seq')") is not None
    assert len(await fetch_rows(upgraded, "purchases")) == 1
    alembic(clone, upgraded, "downgrade", "-2")
    assert len(await fetch_rows(upgraded, "trial_orders")) == 1
    assert "trial_orders" not in tables(clone)
    check_module_in(clone, "devtools", "check-migrations")
