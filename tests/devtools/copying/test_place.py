"""A service is in a repository of its own, an empty clone before, or in a folder of another."""

from pathlib import Path

import pytest

from devtools.copying.git import git, unmerged_files
from devtools.copying.place import describe_uncommitted, find_place
from devtools.domain.refusal import RefusedError
from tests.support.copied_services import commit_all, run_dev

ELSEWHERE = Path("/the/template")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with one commit."""
    root = tmp_path / "repository"
    root.mkdir()
    git(root, "init", "--quiet", "--initial-branch=trunk")
    (root / ".gitignore").write_text("ignored/\n")
    (root / "README.md").write_text("# Services\n")
    commit_all(root)
    return root


def test_a_new_folder_gets_a_repository(tmp_path: Path) -> None:
    place = find_place(tmp_path / "a" / "b", ELSEWHERE)
    place.target.mkdir(parents=True)
    (place.target / "file").touch()

    place.commit("First")

    assert git(place.target, "log", "--format=%s %D") == "First HEAD -> main"
    place.clear()
    assert not place.target.exists()


def test_an_empty_clone_gets_the_first_commit(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--initial-branch=trunk", "clone")
    place = find_place(tmp_path / "clone", ELSEWHERE)
    (place.target / "file").touch()
    (place.target / "folder").mkdir()

    place.clear()
    assert [path.name for path in place.target.iterdir()] == [".git"]

    (place.target / "file").touch()
    place.commit("First")
    assert git(place.target, "log", "--format=%s %D") == "First HEAD -> trunk"
    (place.target / "file").unlink()
    with pytest.raises(RefusedError, match="has commits"):
        find_place(place.target, ELSEWHERE)


def test_a_folder_of_a_repository_gets_no_history_of_its_own(repository: Path) -> None:
    place = find_place(repository / "services" / "orders", ELSEWHERE)

    assert place.is_inside_another
    assert not find_place(repository / "ignored" / "orders", ELSEWHERE).is_inside_another


def test_files_that_are_not_committed_are_named(repository: Path) -> None:
    assert describe_uncommitted(repository) == ""

    (repository / "README.md").write_text("# Edited\n")
    (repository / "notes.txt").touch()
    (repository / "ignored").mkdir()
    (repository / "ignored" / "file").touch()

    shown = describe_uncommitted(repository)
    assert "  README.md    copied as it is now\n  notes.txt    not copied" in shown
    assert "ignored" not in shown
    # Without a repository of its own, nothing is known.
    assert describe_uncommitted(repository / "ignored") == ""


def test_a_service_in_a_folder_of_a_repository_is_updated(
    own_template: Path, copy: Path, repository: Path
) -> None:
    (copy / ".git").rename(copy.with_name("unused"))
    (repository / "services").mkdir()
    service = copy.rename(repository / "services" / "parcels")
    for folder, names in (
        (service, ("app/main.py", "requirements.txt")),
        (own_template, ("app/main.py", "requirements.txt", "app/cli.py")),
    ):
        for name in names:
            with (folder / name).open("a") as file:
                file.write(f"# An edit in {folder.name}.\n")
        commit_all(folder)

    updated = run_dev(service, "update-template")

    assert (updated.status, "  app/main.py\n" in updated.output) == (1, True), updated.errors
    assert unmerged_files(service) == ["app/main.py"]
    changed = git(service, "diff", "--staged", "--name-only", "--diff-filter=M").splitlines()
    names = (".template.json", "app/cli.py", "requirements.txt")
    assert changed == [f"services/parcels/{name}" for name in names]
