"""Put migrations that an update has added behind those of the copy. Standard library only.

A copy has migrations of its own, which follow those of the template that it was made from. A newer
template numbers its migrations as if there were none.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from devtools.copying.git import git
from devtools.copying.record import FILE

VERSIONS = Path("migrations", "versions")

_REVISION = re.compile(r"^(down_revision|revision) = (.+)$", re.MULTILINE)
_NAME = re.compile(r"""["']([^"']+)["']""")


def reorder_merged(root: Path) -> Iterator[Path]:
    """Renumber the migrations of an update that is not committed; yield their new paths."""
    listed = git(root, "diff", "--cached", "--name-status", "--no-renames", "--relative")
    staged = listed.splitlines()
    changes = {name: status for status, name in (line.split("\t", 1) for line in staged)}
    if FILE not in changes:
        return
    added = [
        root / name
        for name, status in changes.items()
        if status == "A" and (root / name).parent == root / VERSIONS and (root / name).exists()
    ]
    for old, new in renumber(root, added):
        git(root, "add", "--all", old.relative_to(root), new.relative_to(root))
        yield new.relative_to(root)


def renumber(root: Path, added: Collection[Path]) -> Iterator[tuple[Path, Path]]:
    """Let the added migrations follow all others, unless they do; yield old and new paths."""
    all_paths = {*(root / VERSIONS).glob("*.py"), *added}
    revisions = {path: _read(path) for path in all_paths}
    own = {path: names for path, names in revisions.items() if path not in added}
    heads = _heads(own)
    if not added or len(heads) != 1 or not _is_misplaced(revisions):
        return
    (head,) = heads
    number = max(int(digits[0]) for path in own if (digits := re.match(r"\d+", path.name)))
    for path in sorted(added):
        number += 1
        revision = f"{number:04}"
        new = path.with_name(f"{revision}_{path.name.partition('_')[2]}")
        text = _linked(path.read_text(), revision, head)
        path.unlink()
        new.write_text(text)
        head = revision
        yield path, new


def _read(path: Path) -> dict[str, list[str]]:
    """Return the names in `revision` and in `down_revision`."""
    found = _REVISION.findall(path.read_text())
    return {"down_revision": [], **{name: _NAME.findall(value) for name, value in found}}


def _heads(migrations: Mapping[Path, Mapping[str, list[str]]]) -> set[str]:
    revisions = {name for names in migrations.values() for name in names.get("revision", [])}
    return revisions - {name for names in migrations.values() for name in names["down_revision"]}


def _is_misplaced(migrations: Mapping[Path, Mapping[str, list[str]]]) -> bool:
    """Return whether there are two heads, or a revision of the copy is given twice."""
    names = [name for each in migrations.values() for name in each.get("revision", [])]
    return len(_heads(migrations)) != 1 or len(names) != len(set(names))


def _linked(text: str, revision: str, follows: str) -> str:
    values = {"revision": revision, "down_revision": follows}
    return _REVISION.sub(lambda found: f'{found[1]} = "{values[found[1]]}"', text)
