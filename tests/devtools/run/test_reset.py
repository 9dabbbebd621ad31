"""`dev.py reset` says what it deletes, and asks."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.dev_clone import DevClone, make_clone, unconfigured


@pytest.fixture
def clone(tmp_path: Path) -> DevClone:
    clone = make_clone(tmp_path / "clone")
    (clone.folder / ".dev" / "postgres").mkdir(parents=True)
    return clone


def is_deleted(clone: DevClone) -> bool:
    return not (clone.folder / ".dev").exists()


def test_without_a_terminal_nothing_is_deleted(clone: DevClone) -> None:
    shown = clone.dev("reset", answer="y\n")

    assert shown.returncode == 2
    assert "the database of `dev.py run`, with all its rows" in shown.stdout
    assert shown.stderr == "Nothing was deleted; confirm with: python3 dev.py reset --yes\n"
    assert not is_deleted(clone)


def test_yes_deletes_without_a_question(clone: DevClone) -> None:
    shown = clone.dev("reset", "--yes")

    assert (shown.returncode, shown.stderr) == (0, "")
    assert is_deleted(clone)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [("y", True), ("YES", True), ("n", False), ("", False), ("yikes", False)],
)
def test_on_a_terminal_only_yes_deletes(clone: DevClone, answer: str, *, expected: bool) -> None:
    controller, terminal = os.openpty()
    os.write(controller, f"{answer}\n".encode())

    done = subprocess.run(
        [sys.executable, "dev.py", "reset"],
        cwd=clone.folder,
        env=unconfigured(),
        stdin=terminal,
        capture_output=True,
        text=True,
        check=False,
    )
    os.close(terminal)
    os.close(controller)

    assert "Delete it? [y/N]" in done.stdout
    assert is_deleted(clone) is expected
    assert done.returncode == (0 if expected else 2)


def test_a_broken_environment_does_not_prevent_a_reset(clone: DevClone) -> None:
    (clone.folder / ".venv" / "bin" / "python").unlink()

    assert clone.dev("reset", "--yes").returncode == 0
    assert is_deleted(clone)


def test_nothing_to_delete_is_said(tmp_path: Path) -> None:
    shown = make_clone(tmp_path / "clone").dev("reset")

    assert shown.returncode == 0
    assert "holds nothing to delete" in shown.stdout
