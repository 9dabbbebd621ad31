"""Create a template from this repository, and services from it, by the command line."""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from devtools.copying.git import git
from devtools.copying.template_files import not_ignored

ROOT = Path(__file__).resolve().parents[2]
NAME, PORT = "Parcel Tracking", 8123


@dataclass(frozen=True)
class CommandResult:
    status: int
    output: str
    errors: str


def run_dev(folder: Path, *arguments: str | Path) -> CommandResult:
    """Run `dev.py` of the folder with a Python that has no dependencies installed."""
    done = subprocess.run(  # noqa: S603 - ours
        [sys.executable, "-S", "dev.py", *map(str, arguments)],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    return CommandResult(done.returncode, done.stdout, done.stderr)


def make_template(folder: Path) -> Path:
    """Copy this repository into a new one with one commit, tagged v1.0."""
    # All files that git does not ignore, because a new domain may be untracked.
    for path in filter(Path.is_file, (ROOT / name for name in not_ignored(ROOT))):
        place = folder / path.relative_to(ROOT)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, place)
    git(folder, "init", "--quiet", "--initial-branch=main")
    commit_all(folder)
    git(folder, "tag", "v1.0")
    return folder


def duplicate(folder: Path, target: Path) -> Path:
    """Copy a folder with its repository, and with the times of the files."""
    subprocess.run(["cp", "-a", folder, target], check=True)  # noqa: S603, S607 - ours
    return target


def commit_all(folder: Path) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "Some change")


def new_service(template: Path, target: Path, *options: str) -> CommandResult:
    return run_dev(template, "new-service", target, "--name", NAME, "--port", str(PORT), *options)
