"""`dev.py update-template`: a copy that has been edited takes a newer template."""

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

import app
from devtools.copying import generated
from devtools.copying.git import git
from devtools.documents.generated import FILES
from tests.copying.services import commit_all, dev, make_template, new_service

OURS, THEIRS = "# An edit of the copy.", "# An edit of the template."
LONG = 40


@pytest.fixture
def template(tmp_path: Path) -> Path:
    return make_template(tmp_path / "template")


@pytest.fixture
def copy(template: Path, tmp_path: Path) -> Path:
    assert new_service(template, tmp_path / "copy").status == 0
    return tmp_path / "copy"


@pytest.fixture
def files(copy: Path) -> list[Path]:
    """Ten files that are long enough for two edits."""
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
    """Put it under the first line, far from what stands at the end."""
    first, rest = path.read_text().split("\n", 1)
    path.write_text(f"{first}\n{line}\n{rest}")


def publish(template: Path, tag: str) -> None:
    commit_all(template)
    git(template, "tag", tag)


def unmerged(copy: Path) -> list[str]:
    return git(copy, "diff", "--name-only", "--diff-filter=U").splitlines()


def recorded(copy: Path) -> str:
    version: str = json.loads((copy / ".template.json").read_text())["version"]
    return version


def test_edits_of_both_are_kept_and_only_what_overlaps_is_a_conflict(
    template: Path, copy: Path, files: list[Path], own_domain: dict[Path, str]
) -> None:
    for file in files:
        append(copy / file, OURS)
        insert(template / file, THEIRS)
    append(template / files[0], THEIRS)
    git(template, "mv", "docs/CACHING.md", "docs/CACHES.md")
    append(copy / "docs" / "CACHING.md", "An edit of the copy.")
    (template / "app" / "utils" / "newest.py").write_text("NEWEST = True\n")
    commit_all(copy)
    publish(template, "v2.0")

    updated = dev(copy, "update-template")

    assert updated.status == 1, updated.errors
    assert unmerged(copy) == [str(files[0])]
    assert f"  {files[0]}\n" in updated.output
    assert "<<<<<<< " in (copy / files[0]).read_text()
    for file in files[1:]:
        text = (copy / file).read_text()
        assert text.splitlines()[1] == THEIRS
        assert text.endswith(f"{OURS}\n")
    assert (copy / "docs" / "CACHES.md").read_text().endswith("An edit of the copy.\n")
    assert (copy / "app" / "utils" / "newest.py").exists()
    assert {path: path.read_text() for path in own_domain} == own_domain
    assert recorded(copy) == "v2.0"


def test_a_merge_without_conflicts_is_staged_and_done_once(template: Path, copy: Path) -> None:
    insert(template / "app" / "main.py", THEIRS)
    publish(template, "v2.0")

    assert dev(copy, "update-template").status == 0

    assert git(copy, "diff", "--name-only") == ""
    assert git(copy, "diff", "--staged", "--name-only").splitlines() == [
        *(".template.json", "app/main.py"),
    ]
    commit_all(copy)
    again = dev(copy, "update-template")
    assert (again.status, "already has v2.0" in again.output) == (0, True)


def test_what_bears_the_name_of_the_template_comes_under_the_name_of_the_copy(
    template: Path, copy: Path
) -> None:
    append(template / "SECURITY.md", f"{app.__title__} is safe.")
    publish(template, "v2.0")

    assert dev(copy, "update-template").status == 0

    assert (copy / "SECURITY.md").read_text().endswith("Parcel Tracking is safe.\n")


def test_a_version_can_be_chosen_and_another_source(
    template: Path, copy: Path, tmp_path: Path
) -> None:
    append(template / "SECURITY.md", "Two.")
    publish(template, "v2.0")
    append(template / "SECURITY.md", "Three.")
    publish(template, "v3.0")
    moved = template.rename(tmp_path / "moved")

    assert dev(copy, "update-template", "../moved", "--to", "v2.0").status == 0

    assert (copy / "SECURITY.md").read_text().endswith("Two.\n")
    assert recorded(copy) == "v2.0"
    assert json.loads((copy / ".template.json").read_text())["source"] == str(moved)


def test_a_copy_without_the_example_does_not_get_it_back(template: Path, tmp_path: Path) -> None:
    copy = tmp_path / "bare"
    assert new_service(template, copy, "--without-example", "--bare").status == 0
    parameters = {"name": "Parcel Tracking", "port": 8123, "without_example": True}
    record = {"template": "t", "source": str(template), "version": "v1.0"}
    (copy / ".template.json").write_text(json.dumps(record | {"parameters": parameters}))
    git(copy, "init", "--quiet")
    commit_all(copy)
    for path in (template / "app").rglob("*_service.py"):
        insert(path, THEIRS)
    publish(template, "v2.0")

    assert dev(copy, "update-template").status == 0

    changed = git(copy, "diff", "--staged", "--name-only").splitlines()
    assert ".template.json" in changed
    assert not any("/products/" in name for name in changed)


def test_what_is_generated_from_the_code_is_never_merged(template: Path, copy: Path) -> None:
    rewrite(template, "| of the template |")
    rewrite(copy, "| of the copy |")
    commit_all(copy)
    publish(template, "v2.0")

    assert dev(copy, "update-template").status == 0

    assert "| of the copy |" in (copy / "QUICK_REFERENCE.md").read_text()
    assert tuple(FILES) == generated.FILES


def rewrite(folder: Path, row: str) -> None:
    document = folder / "QUICK_REFERENCE.md"
    mark = "<!-- generated: routes -->\n"
    document.write_text(document.read_text().replace(mark, f"{mark}{row}\n"))


def test_uncommitted_changes_are_safe(copy: Path) -> None:
    (copy / "notes.txt").write_text("precious")

    require_refused(copy, "uncommitted changes")

    assert (copy / "notes.txt").read_text() == "precious"


def test_a_copy_without_git_is_told_what_to_do(copy: Path) -> None:
    (copy / ".git").rename(copy / "elsewhere")

    require_refused(copy, "git init")


@pytest.mark.parametrize("text", [None, "", "{}", "[]", '{"version": 1, "parameters": {}}'])
def test_a_copy_without_a_record_is_told_what_to_write(copy: Path, text: str | None) -> None:
    record = copy / ".template.json"
    record.unlink() if text is None else record.write_text(text)
    commit_all(copy)

    require_refused(copy, '"without_example"')


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--to", "v9.9"], "no revision v9.9"),
        (["--to", "--upload-pack=x"], "expected one argument"),
        (["/nowhere"], "/nowhere"),
    ],
)
def test_a_version_or_source_that_is_not_there_is_named(
    copy: Path, arguments: list[str], reason: str
) -> None:
    require_refused(copy, reason, *arguments)


def require_refused(copy: Path, reason: str, *arguments: str) -> None:
    refused = dev(copy, "update-template", *arguments)

    assert refused.status == 2
    assert reason in refused.errors
    assert "Traceback" not in refused.errors
