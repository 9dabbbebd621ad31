"""`dev.py update-template` refuses unsafe updates and explains what to do."""

from pathlib import Path

import pytest

from devtools.copying.git import git
from tests.support.copied_services import commit_all, run_dev


def test_uncommitted_changes_stop_an_update(copy: Path) -> None:
    (copy / "notes.txt").write_text("precious")

    require_refused(copy, "uncommitted changes")

    assert (copy / "notes.txt").read_text() == "precious"


def test_a_copy_without_git_gets_an_instruction(copy: Path) -> None:
    (copy / ".git").rename(copy / "elsewhere")

    require_refused(copy, "git init")


@pytest.mark.parametrize("text", [None, "", "{}", "[]", '{"version": 1, "parameters": {}}'])
def test_a_copy_without_a_record_gets_an_instruction(copy: Path, text: str | None) -> None:
    record = copy / ".template.json"
    record.unlink() if text is None else record.write_text(text)
    commit_all(copy)

    require_refused(copy, '"without_example"')


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--to", "v9.9"], "no revision v9.9"),
        (["--to", "--upload-pack=x"], "expected one argument"),
        (["/nowhere"], "(repository '/nowhere' does not exist). If it has moved, name its new"),
    ],
)
def test_a_missing_version_or_source_is_named(
    copy: Path, arguments: list[str], reason: str
) -> None:
    require_refused(copy, reason, *arguments)


def test_a_source_without_the_version_of_the_copy_is_named(
    own_template: Path, copy: Path, tmp_path: Path
) -> None:
    git(tmp_path, "clone", "--quiet", str(own_template), "other")
    git(tmp_path / "other", "tag", "--delete", "v1.0")
    (own_template / "NOTES.md").write_text("# Not pushed\n")
    commit_all(own_template)
    head = git(own_template, "rev-parse", "HEAD")
    record = copy / ".template.json"
    record.write_text(record.read_text().replace('"v1.0"', f'"v1.0-1-g{head}"'))
    commit_all(copy)

    reason = f"(v1.0-1-g{head[:12]}) is not in {tmp_path / 'other'}: push it"
    require_refused(copy, reason, str(tmp_path / "other"))


def require_refused(copy: Path, reason: str, *arguments: str) -> None:
    refused = run_dev(copy, "update-template", *arguments)

    assert refused.status == 2
    assert reason in refused.errors
    assert "Traceback" not in refused.errors
