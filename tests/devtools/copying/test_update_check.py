"""`dev.py update-template --check` tells CI what is new and whether it would merge."""

from pathlib import Path

import pytest

from devtools.copying.git import git
from devtools.copying.news import news_between
from tests.support.copied_services import commit_all, run_dev
from tests.support.repository_copy import read_files

OLD = """# Changelog

## [1.0.0]

### Added

- Routes.
"""
NEW = """# Changelog

## [2.0.0]

One sentence
on two lines.

### Added

- A cache, described
  on two lines.
- Lists.

## [1.0.0]

### Added

- Routes.

### Fixed

- Later found.
"""


def test_news_are_the_entries_that_the_old_changelog_does_not_have() -> None:
    assert news_between(OLD, NEW).splitlines() == [
        *("# Changelog", "## [2.0.0]", "One sentence", "on two lines."),
        *("### Added", "- A cache, described", "  on two lines.", "- Lists."),
        *("## [1.0.0]", "### Fixed", "- Later found."),
    ]
    assert news_between(NEW, NEW) == ""


def test_a_check_changes_nothing_and_its_status_says_what_an_update_would_do(
    own_template: Path, copy: Path
) -> None:
    assert check(copy, 0) == "This copy already has v1.0 of the template.\n"

    main = own_template / "app" / "main.py"
    main.write_text(f"{main.read_text()}\n# An edit of the template.\n")
    changelog = own_template / "CHANGELOG.md"
    # At the end: in a copy, the changelog may have no version yet.
    changelog.write_text(f"{changelog.read_text()}\n## [9.0.0]\n\n- A trial of news.\n")
    commit_all(own_template)
    git(own_template, "tag", "v2.0")
    shown = check(copy, 1)
    assert "New in the template:\n\n# Changelog\n## [9.0.0]\n- A trial of news.\n" in shown
    assert "Merged v1.0 -> v2.0 of the template" in shown

    (copy / "app" / "main.py").write_text(
        f"{(copy / 'app' / 'main.py').read_text()}\n# An edit of the copy.\n"
    )
    commit_all(copy)
    assert "with conflicts in\n  app/main.py\n" in check(copy, 2)


def test_a_check_that_cannot_tell_has_a_status_of_its_own(copy: Path, tmp_path: Path) -> None:
    refused = run_dev(copy, "update-template", "--check", tmp_path / "nowhere")

    assert (refused.status, refused.output) == (3, "")
    assert "nowhere" in refused.errors


def check(copy: Path, status: int) -> str:
    before, commit = read_files(copy), git(copy, "rev-parse", "HEAD")
    checked = run_dev(copy, "update-template", "--check")
    assert checked.status == status, checked.errors
    assert (read_files(copy), git(copy, "rev-parse", "HEAD")) == (before, commit)
    return checked.output


@pytest.mark.parametrize("edit", ["CREATE INDEX trial ON audit_log (action)", None])
def test_an_edit_of_an_applied_migration_is_not_merged(
    own_template: Path, copy: Path, edit: str | None
) -> None:
    name = "migrations/versions/0002_messaging.py"
    original = (copy / name).read_text()
    if edit is None:
        (own_template / name).unlink()
    else:
        (own_template / name).write_text(f'{original}    op.execute("{edit}")\n')
    commit_all(own_template)
    git(own_template, "tag", "v2.0")

    updated = run_dev(copy, "update-template")

    assert updated.status == 0, updated.errors
    assert (copy / name).read_text() == original
    assert f"{name}: not changed. The template has edited it" in updated.output


def test_another_comment_in_a_migration_is_merged(own_template: Path, copy: Path) -> None:
    name = "migrations/versions/0002_messaging.py"
    file = own_template / name
    file.write_text(f"{file.read_text()}    # A comment of the template.\n")
    commit_all(own_template)
    git(own_template, "tag", "v2.0")

    updated = run_dev(copy, "update-template")

    assert "not changed" not in updated.output
    assert (copy / name).read_text().endswith("# A comment of the template.\n")


def test_pins_that_conflict_are_those_of_the_template(own_template: Path, copy: Path) -> None:
    for folder, line in ((own_template, "# of the template"), (copy, "# of the copy")):
        with (folder / "requirements.txt").open("a") as file:
            file.write(f"{line}\n")
        commit_all(folder)
    git(own_template, "tag", "v2.0")

    updated = run_dev(copy, "update-template")

    assert updated.status == 0, updated.errors
    assert (copy / "requirements.txt").read_text().endswith("# of the template\n")
    assert "python3 dev.py lock       adds your own packages to requirements.txt" in updated.output
