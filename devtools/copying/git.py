"""Run git commands, also from a git hook. Standard library only."""

import os
import shutil
import subprocess
from pathlib import Path

_HOOK_VARIABLES = {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"}


class GitError(Exception):
    """git failed; the message is its output."""


def is_installed() -> bool:
    return shutil.which("git") is not None


def git(directory: Path, *arguments: str | Path, objects: Path | None = None) -> str:
    """Return the output of a git command; raise GitError if it fails.

    `objects` is a folder of another repository, in which it reads and writes objects.
    """
    done = attempt(directory, *arguments, objects=objects)
    if done.returncode:
        raise GitError(done.stderr.strip() or done.stdout.strip())
    return done.stdout.strip()


def attempt(
    directory: Path, *arguments: str | Path, objects: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a git command; the caller checks its return code."""
    command = ["git", "-C", str(directory), *_author(), *map(str, arguments)]
    elsewhere = {"GIT_OBJECT_DIRECTORY": str(objects)} if objects else {}
    return subprocess.run(  # noqa: S603 - our own arguments
        command,
        env=_environment() | elsewhere,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def root_of(directory: Path) -> Path | None:
    """Return the root of the work tree that contains the directory."""
    if not is_installed():
        return None
    done = attempt(directory, "rev-parse", "--show-toplevel")
    return Path(done.stdout.strip()) if done.returncode == 0 else None


def unmerged_files(directory: Path) -> list[str]:
    """Return the files below the directory that have conflicts; none outside of a repository."""
    done = attempt(directory, "diff", "--name-only", "--relative", "--diff-filter=U")
    return done.stdout.splitlines() if done.returncode == 0 else []


def _author() -> tuple[str, ...]:
    """Return options for a default author, unless the user has configured one."""
    configured = subprocess.run(
        ["git", "config", "user.email"],  # noqa: S607 - the user's git
        env=_environment(),
        capture_output=True,
        check=False,
    )
    if configured.returncode == 0:
        return ()
    return ("-c", "user.name=dev.py", "-c", "user.email=dev.py@localhost")


def _environment() -> dict[str, str]:
    """Return the environment without the variables that a git hook sets for its repository."""
    return {name: value for name, value in os.environ.items() if name not in _HOOK_VARIABLES}
