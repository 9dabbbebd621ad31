"""Generators put a migration behind the newest one, or say why there is none."""

from pathlib import Path

import pytest

from devtools.domain.refusal import RefusedError
from devtools.domain.revisions import newest_revision, next_revision


@pytest.fixture
def versions(tmp_path: Path) -> Path:
    versions = tmp_path / "migrations" / "versions"
    versions.mkdir(parents=True)
    _add(versions, "0001_first.py", "0001", "None")
    _add(versions, "0002_letters.py", "0002", '"0001"')
    return versions


def _add(versions: Path, name: str, revision: str, follows: str) -> None:
    (versions / name).write_text(f'revision = "{revision}"\ndown_revision = {follows}\n')


def test_the_newest_is_the_one_that_no_other_follows(versions: Path) -> None:
    root = versions.parents[1]
    assert (newest_revision(root), next_revision(root)) == ("0002", "0003")

    _add(versions, "0003_stamps.py", "0003", '"0001"')
    _add(versions, "0009_merged.py", "0009", '("0002", "0003")')
    assert (newest_revision(root), next_revision(root)) == ("0009", "0010")


@pytest.mark.parametrize(
    ("name", "revision", "reason"),
    [
        ("0003_stamps.py", "0003", "0002_letters.py and 0003_stamps.py have no order: set down_"),
        ("0002_stamps.py", "0002", "0002_letters.py and 0002_stamps.py have the same revision"),
    ],
)
def test_migrations_of_two_branches_need_an_order(
    versions: Path, name: str, revision: str, reason: str
) -> None:
    _add(versions, name, revision, '"0001"')

    with pytest.raises(RefusedError, match=reason):
        newest_revision(versions.parents[1])


def test_a_migration_with_marks_of_a_conflict_is_named(versions: Path) -> None:
    (versions / "0002_letters.py").write_text("<<<<<<< HEAD\n")

    with pytest.raises(RefusedError, match=r"0002_letters\.py is not valid Python: see line 1"):
        newest_revision(versions.parents[1])
