"""A template of this very repository, and services made from it, by the command line."""

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
class Outcome:
    status: int
    output: str
    errors: str


def dev(folder: Path, *arguments: str | Path) -> Outcome:
    """Run `dev.py` of that folder with a Python that has none of our dependencies."""
    done = subprocess.run(  # noqa: S603 - ours
        [sys.executable, "-S", "dev.py", *map(str, arguments)],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


def make_template(folder: Path) -> Path:
    """Make a repository of what stands in this one, with one commit, tagged v1.0."""
    # Whatever git knows of it: a domain may be too new to be tracked.
    for path in filter(Path.is_file, (ROOT / name for name in not_ignored(ROOT))):
        place = folder / path.relative_to(ROOT)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, place)
    git(folder, "init", "--quiet", "--initial-branch=main")
    commit_all(folder)
    git(folder, "tag", "v1.0")
    return folder


def commit_all(folder: Path) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "Some change")


def new_service(template: Path, target: Path, *options: str) -> Outcome:
    return dev(template, "new-service", target, "--name", NAME, "--port", str(PORT), *options)
