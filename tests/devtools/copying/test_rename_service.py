"""`dev.py rename` gives a service another name in all its files, or changes nothing."""

import json
from argparse import Namespace
from pathlib import Path

import pytest

from devtools.copying.git import attempt, git
from devtools.copying.identity import TEMPLATE, Identity
from devtools.copying.rename_service import rename_service
from tests.support.copied_services import commit_all, run_dev
from tests.support.repository_copy import read_files

OTHER = Identity(title="App", version="1.0.0", description="App: a trial.", port=8000)


def test_every_name_of_the_service_changes(copy: Path) -> None:
    service = copy / "app" / "main.py"
    service.write_text(f"{service.read_text()}\nPARCELS = 'parcels, tracking'\n")
    commit_all(copy)
    before = read_files(copy)
    shown = run_dev(copy, "rename", "Order Desk", "--dry-run")
    assert (shown.status, read_files(copy)) == (0, before)
    assert "  pyproject.toml\n" in shown.output

    renamed = run_dev(copy, "rename", "Order Desk")

    assert renamed.status == 0, renamed.errors
    assert "the queue queue_parcel-tracking" in renamed.output
    identity = (copy / "app" / "__init__.py").read_text()
    assert '__title__ = "Order Desk"' in identity
    assert "Order Desk: a layered" in identity
    assert "__port__ = 8123" in identity
    assert 'name = "order-desk"' in (copy / "pyproject.toml").read_text()
    assert (copy / "README.md").read_text().startswith("# Order Desk\n")
    assert "PARCELS = 'parcels, tracking'\n" in service.read_text()
    assert json.loads((copy / ".template.json").read_text())["parameters"]["name"] == "Order Desk"
    named = attempt(copy, "grep", "-lE", "Parcel Tracking|parcel[-_]tracking", "--", ":!LICENSE")
    assert named.stdout == ""
    git(copy, "reset", "--hard")
    assert git(copy, "status", "--porcelain") == ""


@pytest.mark.parametrize(
    ("old", "name", "reason"),
    [
        (TEMPLATE, "App", "common word"),
        (TEMPLATE, "a", "common word"),
        (TEMPLATE, "Test", "common word"),
        (TEMPLATE, "9 Lives", "not a valid name"),
        (TEMPLATE, "Postgres", "reserved"),
        (TEMPLATE, TEMPLATE.title, "reserved"),
        # A name that is written into `app/__init__.py` by hand.
        (OTHER, "Order Desk", "'App' is a common word"),
    ],
)
def test_a_name_that_could_not_be_told_from_other_words_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], old: Identity, name: str, reason: str
) -> None:
    assert rename_service(Namespace(name=name, dry_run=False), tmp_path, old) == 2

    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("Nothing was changed.\n")
    assert reason in shown.err


def test_changes_that_are_not_committed_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    git(tmp_path, "init", "--quiet")
    (tmp_path / "notes.txt").write_text("precious")

    assert rename_service(Namespace(name="Order Desk", dry_run=False), tmp_path) == 2

    assert "Commit these changes first:\n?? notes.txt" in capsys.readouterr().err
