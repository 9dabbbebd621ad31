"""`dev.py remove-domain` takes out what `new-domain` wrote, and drops the table."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from devtools.copying.git import git
from devtools.domain.names import tables
from devtools.domain.new_domain import read_blueprint
from devtools.domain.record import DomainRecord, read_record
from devtools.domain.refusal import RefusedError
from devtools.domain.remove_domain import history_of, plan
from devtools.postgres import PrivatePostgres
from tests.support.copied_services import duplicate
from tests.support.database import execute, fetch_rows
from tests.support.repository_copy import (
    ROOT,
    check_module_in,
    copy_repository,
    read_files,
    run_module_in,
)
from tests.support.server import make_environment

ORDERS = ("trial_orders", "--field", "customer:str(100)", "--field", "number:int unique")
SOME_ROW = "INSERT INTO trial_orders (customer, number) VALUES ('A', 7)"


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository, whose documents are current."""
    copy = copy_repository(tmp_path_factory.mktemp("original"))
    # So that what follows changes only parts that belong to the domain.
    check_module_in(copy, "devtools", "docs")
    return copy


@pytest.fixture(scope="module")
def original_with_domain(original: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = duplicate(original, tmp_path_factory.mktemp("with_domain") / "copy")
    check_module_in(copy, "devtools", "new-domain", *ORDERS)
    return copy


@pytest.fixture
def copy(original_with_domain: Path, tmp_path: Path) -> Path:
    """A copy of the repository with a domain, for a test that may change it."""
    return duplicate(original_with_domain, tmp_path / "copy")


@pytest.fixture
def empty_url(postgres: PrivatePostgres) -> str:
    postgres.query('DROP DATABASE IF EXISTS "removed"')
    return postgres.create_database("removed")


def alembic(copy: Path, url: str, *arguments: str) -> None:
    environment = {"PATH": os.defpath, **make_environment(url, "http://127.0.0.1:9/auth", copy)}
    command = [sys.executable, "-m", "alembic", *arguments]
    done = subprocess.run(  # noqa: S603 - ours
        command, cwd=copy, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


async def test_a_removed_domain_leaves_only_its_migrations(
    original: Path, copy: Path, empty_url: str
) -> None:
    before = read_files(original)
    assert read_record(copy, "trial_orders") == DomainRecord(
        plural="trial_orders",
        singular="trial_order",
        fields=["customer:str(100)", "number:int unique"],
    )
    service = copy / "app" / "services" / "trial_orders" / "trial_order_service.py"
    service.write_text(service.read_text() + "\n\nEDITED = True\n")
    alembic(copy, empty_url, "upgrade", "head")
    await execute(empty_url, SOME_ROW)

    check_module_in(copy, "devtools", "remove-domain", "trial_orders")

    after = read_files(copy)
    left = after.keys() - before.keys()
    assert sorted(path.name[5:] for path in left) == ["trial_orders.py", "trial_orders_removed.py"]
    assert {path for path in before if after[path] != before[path]} == set()
    check_module_in(copy, "ruff", "check", "--no-cache", "migrations")
    check_module_in(copy, "ruff", "format", "--no-cache", "--check", "migrations")
    check_module_in(copy, "devtools", "check-migrations")
    alembic(copy, empty_url, "upgrade", "head")
    alembic(copy, empty_url, "downgrade", "-1")
    assert await fetch_rows(empty_url, "trial_orders") == []
    await execute(empty_url, SOME_ROW)
    alembic(copy, empty_url, "upgrade", "head")
    # The name is free again.
    assert read_blueprint("trial_orders", None, ["name:text"], copy).names.singular == "trial_order"


def test_a_dry_run_of_a_removal_changes_nothing(copy: Path) -> None:
    before = read_files(copy)

    shown = run_module_in(copy, "devtools", "remove-domain", "trial_orders", "--dry-run")

    assert (shown.returncode, read_files(copy)) == (0, before)
    assert "app/services/trial_orders/\n" in shown.stdout
    assert "_trial_orders_removed.py" in shown.stdout


def test_a_domain_that_is_used_or_not_committed_stays(copy: Path) -> None:
    user = copy / "app" / "services" / "shared" / "totals.py"
    user.write_text("from app.models.trial_orders.trial_order import TrialOrder\n")
    before = read_files(copy)

    used = run_module_in(copy, "devtools", "remove-domain", "trial_orders")

    assert (used.returncode, used.stdout) == (2, "")
    assert "app/services/shared/totals.py:1: imports app.models.trial_orders" in used.stderr
    user.unlink()
    git(copy, "init", "--quiet")
    uncommitted = run_module_in(copy, "devtools", "remove-domain", "trial_orders")
    assert (uncommitted.returncode, uncommitted.stdout) == (2, "")
    assert "Commit these changes first:\n?? app/" in uncommitted.stderr
    after = read_files(copy)
    assert [path.name for path in before if after.get(path) != before[path]] == ["totals.py"]


@pytest.mark.parametrize("name", ["trial_orders", "../orders", "shared"])
def test_only_a_domain_can_be_removed(name: str) -> None:
    with pytest.raises(RefusedError, match=f"{name} is not a domain of this service"):
        plan(name, ROOT)


def test_a_table_exists_until_a_migration_drops_it(tmp_path: Path) -> None:
    versions = tmp_path / "migrations" / "versions"
    versions.mkdir(parents=True)
    # A downgrade takes back what the same migration has made.
    made = "CREATE TABLE letters (\n\ndef downgrade() -> None:\n    DROP TABLE letters\n"
    (versions / "0001_letters.py").write_text(made)
    assert tables(tmp_path) == {"alembic_version", "letters"}
    (versions / "0002_letters_removed.py").write_text("DROP TABLE letters")
    assert tables(tmp_path) == {"alembic_version"}


def test_the_history_of_a_table_begins_where_it_was_last_created(tmp_path: Path) -> None:
    versions = tmp_path / "migrations" / "versions"
    versions.mkdir(parents=True)
    statements = {
        "0001_letters": "CREATE TABLE letters (id bigint)",
        "0002_letters_removed": "DROP TABLE letters",
        "0003_letters": "CREATE TABLE letters (id bigint)",
        "0004_red_letters": "CREATE TABLE red_letters (id bigint)",
        "0005_index": "CREATE INDEX letters_idx ON letters (id)",
        "0006_column": "ALTER TABLE letters ADD COLUMN colour text",
    }
    for name, statement in statements.items():
        (versions / f"{name}.py").write_text(f'revision = "{name[:4]}"\n\n{statement}\n')

    assert history_of("letters", tmp_path) == ["0003", "0005", "0006"]
    with pytest.raises(RefusedError, match="no migration creates the table parcels"):
        history_of("parcels", tmp_path)
