"""Adapt the code of a copy to names that newer versions of the template have changed.

`update-template` and `docs` run this module. Standard library only.
"""

import sys
from collections import ChainMap
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from devtools.copying.git import git, root_of
from devtools.copying.imports import tidy_imports
from devtools.copying.merge_again import merge_again
from devtools.copying.migration_order import reorder_merged
from devtools.copying.record import FILE
from devtools.copying.renames import Renames, read_renames
from devtools.copying.renaming import Renaming, Source

LIST_FILES = ("ls-files", "--cached", "--others", "--exclude-standard")


def adapt_code(root: Path, versions: list[Renames]) -> None:
    """Rewrite files that use old names, and print their paths; do nothing outside a copy."""
    if not (root / FILE).exists() or root_of(root) is None:
        return
    for path in merge_again(root, versions):
        sys.stdout.write(f"{path}: conflict resolved\n")
    for path in reorder_merged(root):
        sys.stdout.write(f"{path}: follows the migrations of this copy\n")
    changed = sorted({path for renames in versions for path in _adapt(root, renames)})
    tidy_imports(root, changed)
    for path in changed:
        sys.stdout.write(f"{path}: adapted to new names\n")
    sys.stdout.flush()


def _adapt(root: Path, renames: Renames) -> Iterator[Path]:
    domains = {folder.name for folder in (root / "app" / "api" / "v1").iterdir()}
    own_modules = ChainMap(*map(renames.for_domain, domains))
    for old_module, new_module in own_modules.items():
        _move(_file_of(old_module, root), _file_of(new_module, root))
    renames = replace(renames, modules={**renames.modules, **own_modules})
    texts = {path: (root / path).read_text() for path in _python_files(root)}
    suspects = (path for path, text in texts.items() if renames.may_import_old_names(text))
    parsed = {path: _parse(path, texts[path], renames, root) for path in suspects}
    old = {path for path, renaming in parsed.items() if renaming and renaming.has_old_imports}
    outdated = {domain for domain in domains if any(domain in path.parts for path in old)}
    for path, text in texts.items():
        if path in old or outdated.intersection(path.parts):
            renaming = parsed.get(path) or _parse(path, text, renames, root)
            if renaming and (new := renaming.rename(members=True)) != text:
                (root / path).write_text(new)
                yield path


def _move(old: Path, new: Path) -> None:
    if old.exists() and not new.exists():
        old.rename(new)


def _file_of(module: str, root: Path) -> Path:
    return root.joinpath(*module.split(".")).with_suffix(".py")


def _python_files(root: Path) -> Iterator[Path]:
    for path in map(Path, git(root, *LIST_FILES, "*.py").splitlines()):
        if path.parts[0] in {"app", "tests"} and (root / path).exists():
            yield path


def _parse(path: Path, text: str, renames: Renames, root: Path) -> Renaming | None:
    try:
        return Renaming(Source(text), renames, root, path)
    except SyntaxError:
        # The file contains conflict markers, which the owner has to resolve.
        return None


if __name__ == "__main__":
    adapt_code(Path.cwd(), read_renames())
