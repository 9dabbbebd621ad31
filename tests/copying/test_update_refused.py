"""`dev.py update-template` changes nothing where it could do harm, and says what to do."""

from pathlib import Path

import pytest

from tests.copying.services import commit_all, dev


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
