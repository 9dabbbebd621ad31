"""`dev.py remove-domain`: delete the files and the wiring of a domain, and drop its table.

Its migrations stay, because databases have run them; a new one drops the table.
"""

import re
import sys
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from devtools.copying import record as copy_record
from devtools.copying.domain_files import Removal, find_removal, has_domain
from devtools.copying.git import attempt, is_installed
from devtools.copying.new_service import EXAMPLE
from devtools.domain.names import require_no_view
from devtools.domain.new_domain import DONE, REFUSED, rewrite_documents
from devtools.domain.references import referring_domains
from devtools.domain.refusal import RefusedError
from devtools.domain.revisions import newest_revision, next_revision
from devtools.domain.uses import uses_of

_MIGRATION = '''"""Drop the table of {plural}. First stop all processes that serve it."""

from alembic import context, op

revision = "{revision}"
down_revision = "{down_revision}"
exempt = {{"ban-drop-table": "the processes that served it have been stopped"}}

# They created and changed the table.
_HISTORY = ({history})


def upgrade() -> None:
    op.execute("DROP TABLE {plural}")


def downgrade() -> None:
    """Create the table again, without its rows."""
    for each in _HISTORY:
        context.script.get_revision(each).module.upgrade()
'''


def remove_domain(options: Namespace, root: Path) -> int:
    """Remove the domain `options.name`; if that is refused, print the reason, change nothing."""
    try:
        removal, migration = plan(options.name, root)
    except RefusedError as error:
        sys.stderr.write(f"Nothing was removed.\n{error}\n")
        return REFUSED
    rewritten = []
    if not options.dry_run:
        removal.carry_out()
        (root / migration[0]).write_text(migration[1])
        rewritten = [*mark_without_example(options.name, root), *rewrite_documents(root)]
    lines = _report(removal, migration[0], rewritten, root, dry_run=options.dry_run)
    sys.stdout.write("\n".join(lines) + "\n")
    return DONE


def remove_example(options: Namespace, root: Path) -> int:
    options.name = EXAMPLE
    return remove_domain(options, root)


def plan(plural: str, root: Path) -> tuple[Removal, tuple[str, str]]:
    """Return what to remove, and the path and text of the migration."""
    if not re.fullmatch(r"[a-z0-9_]+", plural) or not has_domain(root, plural):
        raise RefusedError(f"{plural} is not a domain of this service")
    _refuse_referenced(plural, root)
    require_no_view(root, plural)
    removal = find_removal(root, plural)
    uses = [*uses_of(root, plural, {*removal.folders, *removal.edits})]
    if uses:
        shown = "\n".join(f"  {use}" for use in uses)
        raise RefusedError(f"Other code uses {plural}; remove this first:\n{shown}")
    _require_committed(removal, root)
    revision, history = next_revision(root), history_of(plural, root)
    text = _MIGRATION.format(
        plural=plural,
        revision=revision,
        down_revision=newest_revision(root),
        history=", ".join(f'"{each}"' for each in history) + ("," if len(history) == 1 else ""),
    )
    return removal, (f"migrations/versions/{revision}_{plural}_removed.py", text)


def _refuse_referenced(plural: str, root: Path) -> None:
    if referring := referring_domains(plural, root):
        commands = "\n".join(f"  python3 dev.py remove-domain {each}" for each in referring)
        raise RefusedError(
            f"{plural} cannot be removed: {', '.join(referring)} refer to it. First:\n{commands}"
        )


def history_of(plural: str, root: Path) -> list[str]:
    """Return the revisions of the table since it was last created."""
    revisions: list[str] = []
    table = plural
    for path in sorted((root / "migrations" / "versions").glob("*.py"), reverse=True):
        text = path.read_text()
        named = re.search(r'^revision = "(.+)"$', text, re.MULTILINE)
        if path.stem.endswith(f"_{table}_removed"):
            break
        if named and _changes(text, table):
            revisions.insert(0, named[1])
            table = _former_name(text, table)
    if not revisions:
        raise RefusedError(f"migrations/versions: no migration creates the table {plural}")
    return revisions


def _former_name(text: str, table: str) -> str:
    """Return the name of the table before the migration."""
    upgrade = text.partition("\ndef downgrade(")[0]
    renamed = re.search(rf"ALTER TABLE (\w+) RENAME TO {table}\b", upgrade)
    return renamed[1] if renamed else table


def _changes(text: str, plural: str) -> bool:
    """Return whether the migration has a statement on the table or its indexes."""
    statement = r"(CREATE TABLE|ALTER TABLE|RENAME TO|VIEW \w+ AS SELECT \*(?:, xmin)? FROM|ON)"
    option = r"( IF (NOT )?EXISTS| ONLY)?"
    return re.search(rf"\b{statement}{option} {plural}\b", text) is not None


def _require_committed(removal: Removal, root: Path) -> None:
    """Refuse to delete files that git could not bring back."""
    paths = [str(path.relative_to(root)) for path in [*removal.folders, *removal.edits]]
    status = attempt(root, "status", "--porcelain", "--", *paths) if is_installed() else None
    if status and status.returncode == 0 and status.stdout.strip():
        raise RefusedError(f"Commit these changes first:\n{status.stdout.rstrip()}")


def mark_without_example(plural: str, root: Path) -> Iterator[str]:
    """Let `update-template` leave out the example from now on."""
    if plural == EXAMPLE and (root / copy_record.FILE).exists():
        record = copy_record.read(root)
        parameters = replace(record.parameters, without_example=True)
        copy_record.write(root, replace(record, parameters=parameters))
        yield copy_record.FILE


def _report(
    removal: Removal, migration: str, rewritten: list[str], root: Path, *, dry_run: bool
) -> Iterator[str]:
    yield "Would remove:" if dry_run else "Removed:"
    yield from (f"  {path.relative_to(root)}/" for path in removal.folders)
    yield from (f"  {path.relative_to(root)}" for path in removal.files)
    yield "Would change:" if dry_run else "Changed:"
    yield from (f"  {path.relative_to(root)}" for path in removal.edits)
    yield from (f"  {path}" for path in rewritten)
    yield "Would write:" if dry_run else "Written:"
    yield f"  {migration}    drops the table with its rows; its downgrade creates it empty"
    if not dry_run:
        yield ""
        paths = (*removal.folders, *removal.files, *removal.edits)
        changed = [*(str(path.relative_to(root)) for path in paths), *rewritten]
        yield f"Undo it:  rm {migration}"
        yield f"          git restore {' '.join(changed)}"
