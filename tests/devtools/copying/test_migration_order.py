"""Migrations of a newer template follow those of the copy."""

from pathlib import Path

import pytest

from devtools.copying.git import git
from devtools.copying.migration_order import renumber
from tests.support.copied_services import commit_all, run_dev


def write(root: Path, name: str, revision: str, follows: str | None) -> Path:
    folder = root / "migrations" / "versions"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    down = "None" if follows is None else f'"{follows}"'
    path.write_text(f'"""M."""\n\nrevision = "{revision}"\ndown_revision = {down}\n')
    return path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A copy whose domain has two migrations of its own."""
    write(tmp_path, "0001_first.py", "0001", None)
    write(tmp_path, "0002_letters.py", "0002", "0001")
    write(tmp_path, "0003_stamps.py", "0003", "0002")
    return tmp_path


def test_added_migrations_follow_those_of_the_copy(root: Path) -> None:
    added = [
        write(root, "0002_indexes.py", "0002", "0001"),
        write(root, "0003_more.py", "0003", "0002"),
    ]

    moved = dict(renumber(root, added))

    names = [path.name for path in sorted((root / "migrations" / "versions").iterdir())]
    assert names[3:] == ["0004_indexes.py", "0005_more.py"]
    assert [moved[path].name for path in added] == names[3:]
    assert 'revision = "0004"\ndown_revision = "0003"\n' in moved[added[0]].read_text()
    assert 'revision = "0005"\ndown_revision = "0004"\n' in moved[added[1]].read_text()


def test_a_second_head_with_a_name_of_its_own_is_moved(root: Path) -> None:
    added = write(root, "0009_indexes.py", "0009", "0001")

    ((_, new),) = renumber(root, [added])

    assert new.name == "0004_indexes.py"


def test_migrations_in_order_stay_as_they_are(root: Path) -> None:
    added = write(root, "0004_indexes.py", "0004", "0003")

    assert list(renumber(root, [added])) == []
    assert list(renumber(root, [])) == []
    assert added.exists()


def test_heads_that_the_copy_has_itself_are_left_to_its_owner(root: Path) -> None:
    write(root, "0009_other.py", "0009", "0001")
    added = write(root, "0002_indexes.py", "0002", "0001")

    assert list(renumber(root, [added])) == []


def test_an_update_of_a_copy_with_its_own_migration_has_one_order(
    own_template: Path, copy: Path
) -> None:
    versions = Path("migrations", "versions")
    newest = max(path.name[:4] for path in (copy / versions).glob("*.py"))
    number = f"{int(newest) + 1:04}"
    mine = write(copy, f"{number}_letters.py", number, newest)
    commit_all(copy)
    write(own_template, f"{number}_indexes.py", number, newest)
    commit_all(own_template)
    git(own_template, "tag", "v2.0")

    updated = run_dev(copy, "update-template")

    moved = copy / versions / f"{int(number) + 1:04}_indexes.py"
    assert updated.status == 0, updated.errors
    assert "follows the migrations of this copy" in updated.output
    assert f'down_revision = "{number}"' in moved.read_text()
    assert mine.exists()
    assert git(copy, "status", "--porcelain").splitlines() == [
        "M  .template.json",
        f"A  {moved.relative_to(copy)}",
    ]
