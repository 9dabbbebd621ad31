"""A private database that does not fit the migrations of the branch is recognised."""

import shutil
import signal
from pathlib import Path

import pytest

from devtools import private_schema
from devtools.private_schema import (
    find_changed_migrations,
    find_skipped_migrations,
    record_applied_migrations,
)
from devtools.state import DevState
from tests.support.dev_clone import ROOT, DevClone, make_clone

MIGRATION = '''"""Orders: the table."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.execute("CREATE TABLE orders (id bigint)")
'''


@pytest.fixture
def clone(tmp_path: Path) -> DevClone:
    clone = make_clone(tmp_path / "clone")
    (clone.folder / "migrations").unlink()
    (clone.folder / "app").unlink()
    _copy_without_caches(ROOT / "app", clone.folder / "app")
    _copy_without_caches(ROOT / "migrations", clone.folder / "migrations")
    return clone


def _copy_without_caches(source: Path, target: Path) -> None:
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))


def _add_migration(clone: DevClone, statement: str) -> Path:
    versions = clone.folder / "migrations" / "versions"
    last = max(path.name[:4] for path in versions.glob("0*.py"))
    number = f"{int(last) + 1:04}"
    file = versions / f"{number}_orders.py"
    numbers = 'revision = "0005"\ndown_revision = "0004"'
    text = MIGRATION.replace(numbers, f'revision = "{number}"\ndown_revision = "{last}"')
    file.write_text(text.replace("CREATE TABLE orders (id bigint)", statement))
    return file


def test_a_migration_of_another_branch_and_an_edited_one_are_named(clone: DevClone) -> None:
    file = _add_migration(clone, "CREATE TABLE orders (id bigint)")
    with clone.run() as started:
        assert "Note:" not in started.output
        assert started.stop(signal.SIGTERM) == 0

    # As after `git clean`, or on another branch.
    file.unlink()
    refused = clone.dev("run")

    assert refused.returncode == 1
    assert refused.stderr.splitlines()[-1] == (
        f"The private database has the migration {file.name[:4]}, which is not in"
        " migrations/versions: switch to the branch that has it, or delete it with:"
        " python3 dev.py reset"
    )
    assert "Traceback" not in refused.stderr

    # As after `new-domain` with another field.
    _add_migration(clone, "CREATE TABLE orders (id bigint, note text)")
    with clone.run() as started:
        assert f"\nNote: {file.name} changed after it was applied" in started.output
        assert "python3 dev.py reset" in started.output
        assert started.stop(signal.SIGTERM) == 0


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"""Orders: the table."""', '"""Orders."""'),
        ('revision = "0005"', 'revision = "0005"  # a comment'),
        ('down_revision = "0004"', 'down_revision = "0003"'),
        ("op.execute(", "op.execute(\n        "),
    ],
)
def test_a_change_of_layout_or_order_is_no_change(
    before: str, after: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = _applied(tmp_path, monkeypatch)

    (tmp_path / "0005_orders.py").write_text(MIGRATION.replace(before, after))

    assert find_changed_migrations(state) == []


def test_a_changed_statement_stays_a_change_until_a_reset(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = _applied(tmp_path, monkeypatch)
    (tmp_path / "0005_orders.py").write_text(MIGRATION.replace("bigint", "uuid"))

    assert find_changed_migrations(state) == ["0005_orders.py"]
    record_applied_migrations(state)
    assert find_changed_migrations(state) == ["0005_orders.py"]

    state.migrations.unlink()
    record_applied_migrations(state)
    assert find_changed_migrations(state) == []


def test_another_migration_with_the_number_of_an_applied_one_is_recognised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = _applied(tmp_path, monkeypatch)
    found = frozenset({"0005"})
    assert find_skipped_migrations(found, state) == []

    # As on another branch, whose migrations begin with the same numbers.
    orders = (tmp_path / "0005_orders.py").rename(tmp_path / "0005_letters.py")
    assert find_skipped_migrations(found, state) == []
    orders.write_text(MIGRATION.replace("orders", "letters"))
    assert find_skipped_migrations(found, state) == ["0005_letters.py"]

    # The database has run none of what follows, and all of what is before.
    assert find_skipped_migrations(frozenset({"0004"}), state) == []
    text = MIGRATION.replace('"0005"', '"0006"').replace('"0004"', '"0005"')
    (tmp_path / "0006_stamps.py").write_text(text.replace("orders", "stamps"))
    assert find_skipped_migrations(frozenset({"0005"}), state) == ["0005_letters.py"]
    # `python -m app migrate` has run the new one.
    assert find_skipped_migrations(frozenset({"0006"}), state) == ["0005_letters.py"]


def test_a_database_of_an_older_dev_py_is_not_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = _applied(tmp_path, monkeypatch)
    state.migrations.unlink()

    assert find_skipped_migrations(frozenset({"0005"}), state) == []


def _applied(versions: Path, monkeypatch: pytest.MonkeyPatch) -> DevState:
    monkeypatch.setattr(private_schema, "VERSIONS", versions)
    (versions / "0005_orders.py").write_text(MIGRATION)
    state = DevState(directory=versions / ".dev")
    record_applied_migrations(state)
    return state
