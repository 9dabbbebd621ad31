"""Merge Python files with conflicts again, after applying the renames to both sides.

A rename changes imports. If the owner has added an import next to a changed one, git reports a
conflict. Here imports are merged as sets, and the rest by git or by statements. Standard library
only.
"""

from collections.abc import Iterator
from pathlib import Path

from devtools.copying.git import attempt, git
from devtools.copying.import_statements import imports_of, with_imports, without_imports
from devtools.copying.imports import REMOVE_UNUSED, find_ruff, tidy_imports
from devtools.copying.renames import Renames
from devtools.copying.renaming import Renaming, Source
from devtools.copying.statement_merge import merge_statements
from devtools.copying.three_way import merge_texts

BASE, OURS, THEIRS = 1, 2, 3


def merge_again(root: Path, versions: list[Renames]) -> Iterator[Path]:
    """Resolve conflicts, and yield the files; each is written and added to the index."""
    # Without ruff, unused imports would remain.
    if find_ruff(root) is None:
        return
    listed = git(root, "diff", "--name-only", "--relative", "--diff-filter=U", "--", "*.py")
    for name in listed.splitlines():
        path = Path(name)
        text = _merged(root, path, versions)
        if text is not None:
            (root / path).write_text(text)
            tidy_imports(root, [path], REMOVE_UNUSED)
            git(root, "add", path)
            yield path


def _merged(root: Path, path: Path, versions: list[Renames]) -> str | None:
    sides = [attempt(root, "show", f":{stage}:./{path}") for stage in (BASE, OURS, THEIRS)]
    if any(side.returncode for side in sides):
        return None
    base, ours, theirs = (side.stdout for side in sides)
    for renames in versions:
        base, ours = (
            Renaming(Source(text), renames, root, path).rename(members=True)
            for text in (base, ours)
        )
    bodies = [*map(without_imports, (ours, base, theirs))]
    merged = merge_texts(*bodies, label="after")
    text = merge_statements(*bodies) if merged.conflicts else merged.text
    return None if text is None else with_imports(text, [*imports_of(theirs), *imports_of(ours)])
