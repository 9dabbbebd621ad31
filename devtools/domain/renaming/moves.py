"""Find the files of a domain, and where they are under its new name."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from devtools.copying.domain_files import LAYERS
from devtools.copying.git import attempt, is_installed
from devtools.domain.names import Names
from devtools.domain.record import record_path
from devtools.domain.refusal import RefusedError

Modules = Mapping[tuple[str, ...], tuple[str, ...]]


def folders_of(plural: str) -> list[str]:
    return [*(f"app/{layer}/{plural}" for layer in LAYERS), f"tests/{plural}"]


def find_moves(root: Path, old: Names, new: Names) -> dict[str, str]:
    """Return the new path of each file; the record and the sample rows move with the folders."""
    found = {path: _moved(path, old, new) for path in _files(root, old.plural)}
    found[record_path(old.plural)] = record_path(new.plural)
    if taken := [path for path in found.values() if path not in found and (root / path).exists()]:
        raise RefusedError(f"{taken[0]} exists already")
    return found


def find_modules(moves: Mapping[str, str]) -> Modules:
    """Return the new dotted path, in parts, of each module and package that moves."""
    modules = {}
    for old, new in moves.items():
        if old.endswith(".py"):
            before, after = (PurePosixPath(path).with_suffix("").parts for path in (old, new))
            modules[before] = after
            modules[before[:-1]] = after[:-1]
    return modules


def _files(root: Path, plural: str) -> Iterator[str]:
    if missing := [each for each in folders_of(plural) if not (root / each).is_dir()]:
        raise RefusedError(f"{missing[0]} is missing: is {plural} a domain?")
    for folder in folders_of(plural):
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                yield str(path.relative_to(root))
    for path in sorted((root / "devtools" / "samples").glob(f"{plural}.*")):
        yield str(path.relative_to(root))


def _moved(path: str, old: Names, new: Names) -> str:
    """Rename the folder, and the words `order` and `orders` in the name of a file."""
    words = {old.plural: new.plural, old.singular: new.singular}
    pattern = rf"(?<![a-z0-9])({old.plural}|{old.singular})(?![a-z0-9])"
    *folders, name = path.split("/")
    moved = [new.plural if folder == old.plural else folder for folder in folders]
    return "/".join([*moved, re.sub(pattern, lambda found: words[found[1]], name)])


def require_committed(root: Path) -> None:
    """Refuse changes that git could not bring back."""
    status = attempt(root, "status", "--porcelain") if is_installed() else None
    if status and status.returncode == 0 and status.stdout.strip():
        raise RefusedError(f"Commit these changes first:\n{status.stdout.rstrip()}")
