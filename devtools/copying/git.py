"""Git, as a user would call it. Standard library only."""

import os
import shutil
import subprocess
from pathlib import Path

_OF_A_REPOSITORY = {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"}


class GitError(Exception):
    """What git said when it failed."""


def is_there() -> bool:
    return shutil.which("git") is not None


def git(directory: Path, *arguments: str | Path) -> str:
    """Run it there; returns what it prints, raises GitError if it fails."""
    done = attempt(directory, *arguments)
    if done.returncode:
        raise GitError(done.stderr.strip() or done.stdout.strip())
    return done.stdout.strip()


def attempt(directory: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = ["git", "-C", str(directory), *_author(), *map(str, arguments)]
    return subprocess.run(  # noqa: S603 - our own arguments
        command, env=_environment(), capture_output=True, encoding="utf-8", check=False
    )


def root_of(directory: Path) -> Path | None:
    """Return the work tree that the directory is part of."""
    if not is_there():
        return None
    done = attempt(directory, "rev-parse", "--show-toplevel")
    return Path(done.stdout.strip()) if done.returncode == 0 else None


def _author() -> tuple[str, ...]:
    """Name somebody where nobody has been configured, so that a commit can be made."""
    known = subprocess.run(
        ["git", "config", "user.email"],  # noqa: S607 - the one that the user has
        env=_environment(),
        capture_output=True,
        check=False,
    )
    if known.returncode == 0:
        return ()
    return ("-c", "user.name=dev.py", "-c", "user.email=dev.py@localhost")


def _environment() -> dict[str, str]:
    """Leave out what a hook that called us set for its own repository."""
    return {name: value for name, value in os.environ.items() if name not in _OF_A_REPOSITORY}
