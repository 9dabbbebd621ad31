"""Copy the files of a template. Standard library only."""

import fnmatch
import shutil
from collections.abc import Iterator
from pathlib import Path

from devtools.copying.git import attempt, is_installed


def copy_template(root: Path, target: Path) -> None:
    """Copy the files that git tracks, or would track, with their uncommitted changes."""
    for path in tracked_files(root):
        place = target / path
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(root / path, place, follow_symlinks=False)


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
    for path in root.rglob("*"):
        inside = path.relative_to(root)
        if inside in kept or not any(_matches(inside, pattern) for pattern in patterns):
            yield inside


def _matches(path: Path, pattern: str) -> bool:
    if "/" in pattern:
        return fnmatch.fnmatch(str(path), pattern)
    return any(fnmatch.fnmatch(part, pattern) for part in path.parts)
