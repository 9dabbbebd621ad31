"""Merge the difference of two renderings into a Python file that its owner has edited, with git.

Where imports are in the way, all three versions get the same imports first, those of both sides.
"""

import ast
import tempfile
from pathlib import Path

from devtools.copying.import_statements import imports_of, with_imports, without_imports
from devtools.copying.three_way import Merged, merge_texts
from devtools.domain.rendering import SORT, SORT_AND_PRUNE, formatted


def merge(ours: str, base: str, theirs: str, *, label: str, settings: Path) -> Merged:
    """Merge the step from `base` to `theirs` into `ours`; `label` names the step in conflicts."""
    merged = merge_texts(ours, base, theirs, label=label)
    if merged.conflicts:
        versions = _with_equal_imports(ours, base, theirs, settings)
        merged = min(merged, merge_texts(*versions, label=label), key=lambda each: each.conflicts)
    if merged.conflicts:
        return merged
    return Merged(text=_tidied(merged.text, settings), conflicts=0)


def _with_equal_imports(ours: str, base: str, theirs: str, settings: Path) -> tuple[str, str, str]:
    imports = [*imports_of(theirs), *imports_of(ours)]
    texts = {
        f"{number}.py": with_imports(without_imports(text), imports)
        for number, text in enumerate((ours, base, theirs))
    }
    ours, base, theirs = _formatted(texts, settings, SORT).values()
    return ours, base, theirs


def _tidied(text: str, settings: Path) -> str:
    try:
        ast.parse(text)
    except SyntaxError:
        return text
    return _formatted({"merged.py": text}, settings, SORT_AND_PRUNE)["merged.py"]


def _formatted(texts: dict[str, str], settings: Path, imports: str) -> dict[str, str]:
    with tempfile.TemporaryDirectory() as stage:
        return formatted(texts, Path(stage), settings, imports=imports)
