"""Merge three versions of a text with git. Standard library only."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from devtools.copying.git import GitError, attempt

# `git merge-file` returns the number of conflicts, or 255 after an error.
_FAILED = 255


@dataclass(frozen=True, kw_only=True)
class Merged:
    """`conflicts` is their number; each is marked in the text."""

    text: str
    conflicts: int


def merge_texts(ours: str, base: str, theirs: str, *, label: str) -> Merged:
    """Merge the step from `base` to `theirs` into `ours`; `label` names the step in conflicts."""
    with tempfile.TemporaryDirectory() as directory:
        files = {name: Path(directory) / name for name in ("yours", "before", "after")}
        for file, text in zip(files.values(), (ours, base, theirs), strict=True):
            file.write_text(text)
        labels = [part for name in ("yours", "before", label) for part in ("-L", name)]
        done = attempt(Path(directory), "merge-file", "-p", *labels, *files.values())
    if done.returncode >= _FAILED or done.returncode < 0:
        raise GitError(done.stderr.strip())
    return Merged(text=done.stdout, conflicts=done.returncode)
