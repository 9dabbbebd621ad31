"""`dev.py rename`: give this service another name in all its files. Standard library only."""

import sys
from argparse import Namespace
from dataclasses import replace
from pathlib import Path

from devtools.copying import record
from devtools.copying.git import attempt, is_installed
from devtools.copying.identity import (
    TEMPLATE,
    Identity,
    new_identity,
    renamed,
    require_distinctive,
)
from devtools.copying.new_service import NOT_RENAMED
from devtools.copying.template_files import tracked_files
from devtools.domain.refusal import RefusedError

DONE, REFUSED = 0, 2


def rename_service(options: Namespace, root: Path, old: Identity = TEMPLATE) -> int:
    """Rename the service; if that is refused, print the reason and change nothing."""
    try:
        new = _new_identity(options.name, old)
        if not options.dry_run:
            _require_committed(root)
    except RefusedError as error:
        sys.stderr.write(f"Nothing was changed.\n{error}\n")
        return REFUSED
    changed = _changed_texts(root, new, old)
    if not options.dry_run:
        for path, text in changed.items():
            (root / path).write_text(text)
    sys.stdout.write(_report(changed, old, new, dry_run=options.dry_run))
    return DONE


def _new_identity(name: str, old: Identity) -> Identity:
    """Return the identity with the new name; version, port and an own description stay."""
    # Otherwise neither this nor the next rename could tell the name from other words.
    require_distinctive(old)
    new = replace(new_identity(name, old.port), version=old.version)
    require_distinctive(new)
    is_own = old.title not in old.description
    return replace(new, description=old.description if is_own else _described(old, new))


def _described(old: Identity, new: Identity) -> str:
    return old.description.replace(old.title, new.title)


def _require_committed(root: Path) -> None:
    status = attempt(root, "status", "--porcelain") if is_installed() else None
    if status and status.returncode == 0 and status.stdout.strip():
        raise RefusedError(f"Commit these changes first:\n{status.stdout.rstrip()}")


def _changed_texts(root: Path, new: Identity, old: Identity) -> dict[Path, str]:
    changed = {}
    for path in tracked_files(root):
        if str(path) not in (NOT_RENAMED, record.FILE) and not (root / path).is_symlink():
            try:
                text = (root / path).read_text()
            except UnicodeDecodeError:
                continue
            if (result := renamed(text, new, old)) != text:
                changed[path] = result
    return changed | _changed_record(root, new)


def _changed_record(root: Path, new: Identity) -> dict[Path, str]:
    """Let `update-template` render the template with the new name from now on."""
    origin = record.find(root)
    if origin is None:
        return {}
    parameters = replace(origin.parameters, name=new.title)
    return {Path(record.FILE): record.text_of(replace(origin, parameters=parameters))}


def _report(changed: dict[Path, str], old: Identity, new: Identity, *, dry_run: bool) -> str:
    files = "".join(f"  {path}\n" for path in sorted(changed))
    if dry_run:
        return f"Would change:\n{files}"
    return f"""Changed:
{files}
{old.title} is {new.title} now. Outside of this repository the old name stays:
  the database {old.database}, unless you rename it: name it in DATABASE_URL, or ALTER DATABASE;
    only the private one of `dev.py run` follows
  the queue queue_{old.slug} and its messages: let the old consumer empty it before it stops
  keys in Redis, which expire, and what other services send to {old.slug}
Undo it:  git reset --hard
"""
