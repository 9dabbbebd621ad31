"""The virtual environment `.venv`, made with what Python brings. Standard library only."""

import fcntl
import hashlib
import os
import re
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
REQUIREMENTS = ROOT / "requirements.txt"
STAMP = VENV / ".requirements"
NO_VENV = "This Python cannot make a virtual environment; mend with: apt install python3-venv"


class InstallError(Exception):
    """The environment cannot be made; the message is for the terminal."""


def ensure_environment() -> Path:
    """Return the environment's Python, with exactly the locked dependencies installed."""
    with _one_at_a_time():
        if not is_current():
            sys.stderr.write("Installing the dependencies into .venv ...\n")
            _make()
            _synchronise()
            STAMP.write_text(_fingerprint())
    return PYTHON


def is_current() -> bool:
    if not PYTHON.exists() or not STAMP.exists() or is_a_copy():
        return False
    return STAMP.read_text() == _fingerprint()


def is_a_copy() -> bool:
    """Return whether `.venv` came with a copied folder: its programs would run the original's."""
    program = VENV / "bin" / "pip"
    mine = rf"""[!"' ]{re.escape(str(VENV))}/bin/python"""
    return program.exists() and not re.search(mine, program.read_text())


def can_make() -> bool:
    return find_spec("ensurepip") is not None


def _fingerprint() -> str:
    return hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    state = ROOT / ".dev"
    state.mkdir(exist_ok=True)
    with (state / "install.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make() -> None:
    if not is_a_copy() and _succeeds(PYTHON, "-m", "pip", "--version"):
        return
    if not can_make():
        raise InstallError(NO_VENV)
    if not _succeeds(sys.executable, "-m", "venv", "--clear", VENV):
        raise InstallError(f"{sys.executable} -m venv {VENV} failed")


def _synchronise() -> None:
    """Let uv install, which is several times faster than pip and removes what is not listed."""
    locked = ("--quiet", "--require-hashes")
    if _install_uv():
        options: list[str | Path] = ["--python", PYTHON, *_certificates(), *locked]
        if _succeeds(VENV / "bin" / "uv", "pip", "sync", *options, REQUIREMENTS, loud=True):
            return
        sys.stderr.write("uv could not install them; trying pip, which takes longer ...\n")
    if not _succeeds(PYTHON, "-m", "pip", "install", *locked, "-r", REQUIREMENTS, loud=True):
        raise InstallError("The dependencies could not be installed; the reason stands above")


def _certificates() -> tuple[str, ...]:
    """Trust what the machine trusts, such as a company's proxy; uv has a list of its own."""
    paths = ssl.get_default_verify_paths()
    own = paths.cafile or (paths.capath and any(Path(paths.capath).iterdir()))
    return ("--system-certs",) if own else ()


def _install_uv() -> bool:
    locked = re.search(r"^uv==.*(\n +--hash=.*)+", REQUIREMENTS.read_text(), re.MULTILINE)
    if locked is None:
        return False
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as only_uv:
        only_uv.write(locked[0])
        only_uv.flush()
        return _succeeds(PYTHON, "-m", "pip", "install", "--quiet", "-r", only_uv.name)


def _succeeds(*command: str | Path, loud: bool = False) -> bool:
    output = None if loud else subprocess.DEVNULL
    environment = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    try:
        result = subprocess.run(  # noqa: S603 - our own arguments
            command, stdout=output, stderr=output, env=environment, check=False
        )
    except FileNotFoundError:
        return False
    return result.returncode == 0
