"""Create and update the virtual environment `.venv`. Standard library only."""

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

from devtools import stop_signals
from devtools.processes import finish

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
REQUIREMENTS = ROOT / "requirements.txt"
STAMP = VENV / ".requirements"
# They would install elsewhere, or hide what is installed. Those of indexes and proxies stay.
_MISLEADING = (
    *("PYTHONHOME", "PYTHONPATH", "PYTHONSAFEPATH", "VIRTUAL_ENV"),
    *("PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_PYTHON", "PIP_DRY_RUN"),
    *("PIP_REQUIRE_VIRTUALENV", "PIP_NO_DEPS", "PIP_NO_DEPENDENCIES", "PIP_QUIET", "PIP_VERBOSE"),
    *("PIP_REQUIREMENT", "PIP_CONSTRAINT", "PIP_EDITABLE", "PIP_REPORT"),
    *("UV_TARGET", "UV_PREFIX", "UV_PYTHON", "UV_SYSTEM_PYTHON", "UV_CONSTRAINT", "UV_OVERRIDE"),
    *("UV_EXCLUDE_NEWER", "UV_NO_SYNC", "UV_PROJECT_ENVIRONMENT", "UV_DRY_RUN"),
)
VENV_MISSING = "This Python cannot create a virtual environment; fix: apt install python3-venv"


class InstallError(Exception):
    """The environment cannot be created. The message is printed on the terminal."""


def remove_misleading_variables() -> None:
    for name in _MISLEADING:
        os.environ.pop(name, None)


def ensure_environment() -> Path:
    """Install exactly the locked dependencies if needed. Return the environment's Python.

    Without the stamp an environment is incomplete, and is created again.
    """
    with _hold_install_lock():
        if not is_up_to_date():
            sys.stderr.write("Installing the dependencies into .venv ...\n")
            if not STAMP.exists() or is_a_copy() or not _run(PYTHON, "-m", "pip", "--version"):
                _create_venv()
            STAMP.unlink(missing_ok=True)
            _install_requirements()
            STAMP.write_text(_fingerprint())
    return PYTHON


def is_up_to_date() -> bool:
    if not PYTHON.exists() or not STAMP.exists() or is_a_copy():
        return False
    return STAMP.read_text() == _fingerprint()


def is_a_copy() -> bool:
    """Return True if `.venv` was copied with its folder: its scripts would run the original's."""
    program = VENV / "bin" / "pip"
    own_shebang = rf"""[!"' ]{re.escape(str(VENV))}/bin/python"""
    return program.exists() and not re.search(own_shebang, program.read_text())


def can_create_venv() -> bool:
    return find_spec("ensurepip") is not None


def _fingerprint() -> str:
    return hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()


@contextmanager
def _hold_install_lock() -> Iterator[None]:
    state = ROOT / ".dev"
    state.mkdir(mode=0o700, exist_ok=True)
    with (state / "install.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _create_venv() -> None:
    if not can_create_venv():
        raise InstallError(VENV_MISSING)
    if VENV.is_symlink():
        # `--clear` would empty the environment that it points to.
        VENV.unlink()
    if not _run(sys.executable, "-m", "venv", "--clear", VENV, show_output=True):
        raise InstallError(f"{sys.executable} -m venv {VENV} failed; see the error above")


def _install_requirements() -> None:
    """Install with uv: several times faster than pip, and it removes unlisted packages."""
    locked = ("--quiet", "--require-hashes")
    if _install_uv():
        options: list[str | Path] = ["--python", PYTHON, *_certificate_options(), *locked]
        if _run(VENV / "bin" / "uv", "pip", "sync", *options, REQUIREMENTS, show_output=True):
            return
        sys.stderr.write("uv failed; installing with pip, which takes longer ...\n")
    if not _run(PYTHON, "-m", "pip", "install", *locked, "-r", REQUIREMENTS, show_output=True):
        raise InstallError("Installing the dependencies failed; see the error above")


def _certificate_options() -> tuple[str, ...]:
    """Use the system's CA certificates, for example for a company's proxy; uv bundles its own."""
    paths = ssl.get_default_verify_paths()
    has_system_certificates = paths.cafile or (paths.capath and any(Path(paths.capath).iterdir()))
    return ("--system-certs",) if has_system_certificates else ()


def _install_uv() -> bool:
    locked = re.search(r"^uv==.*(\n +--hash=.*)+", REQUIREMENTS.read_text(), re.MULTILINE)
    if locked is None:
        return False
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as only_uv:
        only_uv.write(locked[0])
        only_uv.flush()
        return _run(PYTHON, "-m", "pip", "install", "--quiet", "-r", only_uv.name)


def _run(*command: str | Path, show_output: bool = False) -> bool:
    output = None if show_output else subprocess.DEVNULL
    # PIP_USER: a configuration file may say so.
    environment = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_USER": "0"}
    with stop_signals.deferred() as deliver:
        try:
            # A new session: Ctrl-C must reach only this process, which then stops all of them.
            process = subprocess.Popen(  # noqa: S603 - our own arguments
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=environment,
                start_new_session=True,
            )
        except FileNotFoundError:
            return False
        return finish(process, begin=deliver) == 0
