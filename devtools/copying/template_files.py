"""Copy the files of a template. Standard library only."""

import fnmatch
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from devtools.copying.git import attempt, is_installed


def copy_template(root: Path, target: Path) -> None:
    """Copy the files that git tracks, or would track, with their uncommitted changes."""
    paths = tracked_files(root)
    for folder in {path.parent for path in paths}:
        (target / folder).mkdir(parents=True, exist_ok=True)
    for path in paths:
        shutil.copy2(root / path, target / path, follow_symlinks=False)


def tracked_files(root: Path) -> list[Path]:
    listed = attempt(root, "ls-files", "-z").stdout if is_installed() else ""
    tracked = [Path(name) for name in listed.split("\0") if name]
    found = tracked or sorted(not_ignored(root))
    return [path for path in found if (root / path).is_file()]


def not_ignored(root: Path) -> Iterator[Path]:
    """Yield files that `.gitignore` does not exclude; supports the patterns of this repository."""
    lines = (root / ".gitignore").read_text().split()
    patterns = [*(line.removesuffix("/") for line in lines if not line.startswith("!")), ".git"]
    kept = {Path(line[1:]) for line in lines if line.startswith("!")}
    names = _any_of(pattern for pattern in patterns if "/" not in pattern)
    paths = _any_of(pattern for pattern in patterns if "/" in pattern)
    for folder, folders, files in os.walk(root):
        # An environment has many times as many files as the repository: do not look into it.
        folders[:] = [name for name in folders if not names.match(name)]
        for name in (*folders, *files):
            inside = Path(folder, name).relative_to(root)
            if inside in kept or not (names.match(name) or paths.match(str(inside))):
                yield inside


def _any_of(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(map(fnmatch.translate, patterns)) or r"(?!)")
