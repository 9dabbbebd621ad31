"""`python -m devtools.api_changes`: fail if `docs/openapi.json` breaks clients of the last version.

The last version is that of the newest tag; without tags, the newest document in `released`; without
these, the last committed one that differs, which does not show what two changes break together.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from devtools.api_changes.document_changes import breaking_changes

PATH = "docs/openapi.json"
RELEASED = "devtools/api_changes/released"


def main(root: Path) -> int:
    text = (root / PATH).read_text()
    new = json.loads(text)
    found = last_version(root, text)
    if found is None:
        sys.stdout.write(f"There is no earlier {PATH} to compare with\n")
        return 0
    revision, old = found
    changes = breaking_changes(old, new)
    sys.stdout.writelines(f"{change}\n" for change in changes)
    if changes and not is_new_major(old, new):
        sys.stderr.write(
            f"{len(changes)} changes since {revision} break clients: undo them, or raise the first"
            " number of __version__ in app/__init__.py\n"
        )
        return 1
    sys.stdout.write(f"{len(changes)} changes since {revision} break clients\n")
    return 0


def last_version(root: Path, text: str) -> tuple[str, dict[str, Any]] | None:
    """Return the revision and the document of the last version, if there is one."""
    tags = _git(root, "tag", "--merged", "HEAD", "--sort=-creatordate").split()
    commits = _git(root, "log", "--format=%h", "--", PATH).split()
    for revision in tags:
        if old := _git(root, "show", f"{revision}:{PATH}"):
            return revision, json.loads(old)
    for path in sorted((root / RELEASED).glob("*.json"), key=_version_of)[-1:]:
        return path.stem, json.loads(path.read_text("utf-8"))
    for revision in commits:
        old = _git(root, "show", f"{revision}:{PATH}")
        if old and old != text:
            return revision, json.loads(old)
    return None


def _version_of(path: Path) -> tuple[int, ...]:
    return tuple(map(int, path.stem.split(".")))


def is_new_major(old: dict[str, Any], new: dict[str, Any]) -> bool:
    before, after = (int(each["info"]["version"].partition(".")[0]) for each in (old, new))
    return after > before


def _git(root: Path, *arguments: str) -> str:
    """Return what git prints; nothing if it fails, as without a commit or a file."""
    done = subprocess.run(  # noqa: S603 - our own arguments
        ["git", *arguments],  # noqa: S607 - whichever git is first on the PATH
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout if done.returncode == 0 else ""


if __name__ == "__main__":
    sys.exit(main(Path.cwd()))
