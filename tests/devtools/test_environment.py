"""A virtual environment that was copied or linked is created again."""

import shutil
import sys
from pathlib import Path

import pytest

from devtools import environment


@pytest.fixture
def venv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Minimal virtual environment with the files that `dev.py` checks."""
    venv = tmp_path / "original" / ".venv"
    _use_venv(venv, monkeypatch)
    (venv / "bin").mkdir(parents=True)
    (venv / "bin" / "python").symlink_to(sys.executable)
    (venv / "bin" / "pip").write_text(f"#!{venv}/bin/python3\nimport pip\n")
    environment.STAMP.write_text(environment._fingerprint())  # noqa: SLF001 - the stamp that `dev.py` writes
    return venv


def _use_venv(venv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "VENV", venv)
    monkeypatch.setattr(environment, "PYTHON", venv / "bin" / "python")
    monkeypatch.setattr(environment, "STAMP", venv / ".requirements")


@pytest.mark.usefixtures("venv")
def test_an_environment_is_up_to_date_in_its_own_folder() -> None:
    assert environment.is_up_to_date()


def test_a_copied_environment_is_not_up_to_date(
    venv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "copy" / ".venv"
    shutil.copytree(venv, copy, symlinks=True)
    _use_venv(copy, monkeypatch)

    assert environment.is_a_copy()
    assert not environment.is_up_to_date()


def test_a_wrapped_shebang_of_pip_is_recognised(venv: Path) -> None:
    wrapped = f"#!/bin/sh\n'''exec' \"{venv}/bin/python3\" \"$0\" \"$@\"\n' '''\n"
    (venv / "bin" / "pip").write_text(wrapped)

    assert environment.is_up_to_date()


def test_the_environment_that_a_link_points_to_is_kept(
    venv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = tmp_path / ".venv"
    link.symlink_to(venv)
    _use_venv(link, monkeypatch)

    environment._create_venv()  # noqa: SLF001 - without the installation that follows

    assert (link / "pyvenv.cfg").is_file()
    assert not link.is_symlink()
    assert (venv / "bin" / "pip").is_file()
