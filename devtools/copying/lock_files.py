"""Take the pins of the template where those of a copy conflict. Standard library only.

`dev.py lock` then adds what the copy needs besides; a merge of pins by hand would be a guess.
"""

from collections.abc import Iterator
from pathlib import Path

from devtools.copying.git import git

LOCK_FILES = ("requirements.txt", "requirements-prod.txt", "requirements-otel.txt")


def take_pins(root: Path, unmerged: list[str]) -> Iterator[str]:
    """Resolve the conflicts in lock files, and yield their names."""
    for name in LOCK_FILES:
        if name in unmerged and (theirs := _pins_of_template(root, name)):
            (root / name).write_text(theirs + "\n")
            git(root, "add", name)
            yield name


def _pins_of_template(root: Path, name: str) -> str:
    listed = git(root, "ls-files", "--stage", "--unmerged", "--", name).splitlines()
    return git(root, "show", f":3:./{name}") if any(" 3\t" in line for line in listed) else ""
