"""The environment of one folder is never taken for another's."""

import shutil
import sys
from pathlib import Path

import pytest

from devtools import environment


@pytest.fixture
def venv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment as far as `dev.py` looks at it, with the locked dependencies."""
    venv = tmp_path / "original" / ".venv"
    _settle(venv, monkeypatch)
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").symlink_to(sys.executable)
    (venv / "bin" / "pip").write_text(f"#!{venv}/bin/python3\nimport pip\n")
    environment.STAMP.write_text(environment._fingerprint())  # noqa: SLF001 - what a run writes
    return venv


def _settle(venv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "VENV", venv)
    monkeypatch.setattr(environment, "PYTHON", venv / "bin" / "python")
    monkeypatch.setattr(environment, "STAMP", venv / ".requirements")


@pytest.mark.usefixtures("venv")
def test_an_environment_is_used_where_it_was_made() -> None:
    assert environment.is_current()


def test_one_that_came_with_a_copied_folder_is_made_again(
    venv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "copy" / ".venv"
    shutil.copytree(venv, copy, symlinks=True)
    _settle(copy, monkeypatch)

    assert environment.is_a_copy()
    assert not environment.is_current()


def test_a_path_that_pip_wraps_is_recognised(venv: Path) -> None:
    wrapped = f"#!/bin/sh\n'''exec' \"{venv}/bin/python3\" \"$0\" \"$@\"\n' '''\n"
    (venv / "bin" / "pip").write_text(wrapped)

    assert environment.is_current()
