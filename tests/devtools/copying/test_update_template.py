"""`dev.py update-template` merges a newer template into an edited copy."""

import json
import subprocess
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

import app
from devtools.copying import generated
from devtools.copying.git import git
from devtools.documents.generated import FILES
from tests.support.copied_services import commit_all, new_service, run_dev

OURS, THEIRS = "# An edit of the copy.", "# An edit of the template."
LONG = 40


@pytest.fixture
def files(copy: Path) -> list[Path]:
    """Ten files that are long enough for two separate edits."""
    found = filter(_is_long, sorted((copy / "app" / "infrastructure").rglob("*.py")))
    return [path.relative_to(copy) for path in islice(found, 10)]


@pytest.fixture
def own_domain(copy: Path) -> dict[Path, str]:
    return dict(_write_domain(copy))


def _is_long(path: Path) -> bool:
    return len(path.read_text().splitlines()) > LONG


def _write_domain(copy: Path) -> Iterator[tuple[Path, str]]:
    for layer in ("api/v1", "models", "repositories", "services"):
        path = copy / "app" / layer / "letters" / f"letter_{layer[:3]}.py"
        path.parent.mkdir()
        path.write_text(f'"""Letters, by the copy alone: {layer}."""\n')
        yield path, path.read_text()
    router = copy / "app" / "api" / "v1" / "router.py"
    router.write_text(router.read_text() + f"{OURS}\n")


def append(path: Path, line: str) -> None:
    path.write_text(f"{path.read_text()}{line}\n")


def insert(path: Path, line: str) -> None:
    """Insert the line below the first one, far from the end of the file."""
    first, rest = path.read_text().split("\n", 1)
    path.write_text(f"{first}\n{line}\n{rest}")


def publish(own_template: Path, tag: str) -> None:
    commit_all(own_template)
    git(own_template, "tag", tag)


def unmerged(copy: Path) -> list[str]:
    return git(copy, "diff", "--name-only", "--diff-filter=U").splitlines()


def recorded(copy: Path) -> str:
    version: str = json.loads((copy / ".template.json").read_text())["version"]
    return version


def test_only_overlapping_edits_conflict(
    own_template: Path, copy: Path, files: list[Path], own_domain: dict[Path, str]
) -> None:
    for file in files:
        append(copy / file, OURS)
        insert(own_template / file, THEIRS)
    append(own_template / files[0], THEIRS)
    git(own_template, "mv", "docs/CACHING.md", "docs/CACHES.md")
    append(copy / "docs" / "CACHING.md", "An edit of the copy.")
    (own_template / "app" / "utils" / "newest.py").write_text("NEWEST = True\n")
    commit_all(copy)
    publish(own_template, "v2.0")

    updated = run_dev(copy, "update-template")

    assert updated.status == 1, updated.errors
    assert unmerged(copy) == [str(files[0])]
    assert f"  {files[0]}\n" in updated.output
    assert "<<<<<<< " in (copy / files[0]).read_text()
    docs = subprocess.run(
        [sys.executable, "-m", "devtools", "docs"],
        cwd=copy,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    said = f"First resolve the conflicts in {files[0]}, and `git add` them\n"
    assert (docs.returncode, docs.stderr) == (1, said)
    for file in files[1:]:
        text = (copy / file).read_text()
        assert text.splitlines()[1] == THEIRS
        assert text.endswith(f"{OURS}\n")
    assert (copy / "docs" / "CACHES.md").read_text().endswith("An edit of the copy.\n")
    assert (copy / "app" / "utils" / "newest.py").exists()
    assert {path: path.read_text() for path in own_domain} == own_domain
    assert recorded(copy) == "v2.0"

    (copy / files[0]).write_text(f"{OURS}\n{THEIRS}\n")
    git(copy, "add", files[0])
    assert unmerged(copy) == []
    git(copy, "reset", "--hard")
    assert (git(copy, "status", "--porcelain"), recorded(copy)) == ("", "v1.0")


def test_a_merge_without_conflicts_is_staged_and_done_once(own_template: Path, copy: Path) -> None:
    insert(own_template / "app" / "main.py", THEIRS)
    publish(own_template, "v2.0")

    assert run_dev(copy, "update-template").status == 0

    assert git(copy, "diff", "--name-only") == ""
    assert git(copy, "diff", "--staged", "--name-only").splitlines() == [
        *(".template.json", "app/main.py"),
    ]
    commit_all(copy)
    again = run_dev(copy, "update-template")
    assert (again.status, "already has v2.0" in again.output) == (0, True)

    git(copy, "revert", "--no-edit", "HEAD")
    assert recorded(copy) == "v1.0"
    assert "Merged v1.0 -> v2.0" in run_dev(copy, "update-template").output


def test_updates_use_the_name_of_the_copy(own_template: Path, copy: Path) -> None:
    append(own_template / "SECURITY.md", f"{app.__title__} is safe.")
    publish(own_template, "v2.0")

    assert run_dev(copy, "update-template").status == 0

    assert (copy / "SECURITY.md").read_text().endswith("Parcel Tracking is safe.\n")


def test_version_and_source_can_be_chosen(own_template: Path, copy: Path, tmp_path: Path) -> None:
    append(own_template / "SECURITY.md", "Two.")
    publish(own_template, "v2.0")
    append(own_template / "SECURITY.md", "Three.")
    publish(own_template, "v3.0")
    moved = own_template.rename(tmp_path / "moved")

    assert run_dev(copy, "update-template", "../moved", "--to", "v2.0").status == 0

    assert (copy / "SECURITY.md").read_text().endswith("Two.\n")
    assert recorded(copy) == "v2.0"
    assert json.loads((copy / ".template.json").read_text())["source"] == str(moved)


def test_an_update_does_not_restore_the_example(own_template: Path, tmp_path: Path) -> None:
    copy = tmp_path / "bare"
    assert new_service(own_template, copy, "--without-example", "--bare").status == 0
    parameters = {"name": "Parcel Tracking", "port": 8123, "without_example": True}
    record = {"template": "t", "source": str(own_template), "version": "v1.0"}
    (copy / ".template.json").write_text(json.dumps(record | {"parameters": parameters}))
    git(copy, "init", "--quiet")
    commit_all(copy)
    for path in (own_template / "app").rglob("*_service.py"):
        insert(path, THEIRS)
    publish(own_template, "v2.0")

    assert run_dev(copy, "update-template").status == 0

    changed = git(copy, "diff", "--staged", "--name-only").splitlines()
    assert ".template.json" in changed
    assert not any("/products/" in name for name in changed)


def test_generated_documents_are_regenerated_not_merged(own_template: Path, copy: Path) -> None:
    rewrite(own_template, "| of the template |")
    rewrite(copy, "| of the copy |")
    commit_all(copy)
    publish(own_template, "v2.0")

    assert run_dev(copy, "update-template").status == 0

    assert "| of the copy |" in (copy / "QUICK_REFERENCE.md").read_text()
    assert tuple(FILES) == generated.FILES


def test_an_edited_readme_is_not_changed(own_template: Path, copy: Path) -> None:
    append(copy / "README.md", OURS)
    commit_all(copy)
    for name in ("readme.md", "changelog.md"):
        append(own_template / "devtools" / "copying" / name, THEIRS)
    publish(own_template, "v2.0")

    assert run_dev(copy, "update-template").status == 0

    assert (copy / "README.md").read_text().endswith(f"{OURS}\n")
    assert THEIRS not in (copy / "README.md").read_text()
    assert (copy / "CHANGELOG.md").read_text().endswith(f"{THEIRS}\n")


def rewrite(folder: Path, row: str) -> None:
    document = folder / "QUICK_REFERENCE.md"
    marker = "<!-- generated: commands -->\n"
    document.write_text(document.read_text().replace(marker, f"{marker}{row}\n"))
