"""Work out a change of the fields: all new texts, or a refusal; nothing is written here."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from devtools.copying.domain_files import has_domain
from devtools.copying.git import GitError, attempt, is_installed
from devtools.domain.changes.code_merge import merge_code
from devtools.domain.changes.field_lists import (
    blueprint_of_code,
    blueprint_of_table,
    name_of,
    with_fields,
    without_columns,
    without_fields,
)
from devtools.domain.changes.history import read_history
from devtools.domain.changes.migration_files import MigrationFiles
from devtools.domain.changes.samples import samples_without
from devtools.domain.changes.table import SEARCHED, table_of
from devtools.domain.changes.table_change import TableChange
from devtools.domain.names import require_no_view, view_of
from devtools.domain.record import DomainRecord, read_record, record_path, record_text
from devtools.domain.references import refuse_bad_references
from devtools.domain.refusal import RefusedError
from devtools.domain.relations import refuse_taken_relations
from devtools.domain.rendering import write


@dataclass(frozen=True, kw_only=True)
class Plan:
    """New texts by path: `changed` files exist, `migrations` do not yet; `unused` files go."""

    changed: dict[str, str]
    migrations: dict[str, str]
    created: dict[str, str] = field(default_factory=dict)
    unused: list[str] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def new_files(self) -> dict[str, str]:
        return {**self.created, **self.migrations}

    def carry_out(self, root: Path) -> None:
        write({**self.changed, **self.new_files}, root)
        for path in self.unused:
            (root / path).unlink()


def plan_addition(plural: str, texts: Sequence[str], root: Path, *, is_searched: bool) -> Plan:
    old = _record_of(plural, root)
    new = with_fields(old, texts, is_searched=is_searched)
    names = [name_of(text) for text in texts]
    refuse_bad_references(plural, blueprint_of_code(new).fields, root)
    change = _table_change(old, new, root, is_addition=True)
    refuse_taken_relations(change.more, root, present=change.present)
    migrations = MigrationFiles(root, plural, names)
    migrations.add_columns(change)
    notes = [*_kept(change), *_rewriting(change), *_unsearched(new, names)]
    return _with_code(old, new, root, migrations, f"add-field {' '.join(names)}", notes)


def plan_removal(plural: str, names: Sequence[str], root: Path) -> Plan:
    """Take the fields out of the code; where rows require them, let rows do without."""
    old = _record_of(plural, root)
    new = without_fields(old, names)
    migrations = MigrationFiles(root, plural, names)
    fields = blueprint_of_code(old).fields
    if required := [each for each in fields if each.name in names and each.is_required]:
        migrations.relax(required)
    label = f"remove-field {' '.join(names)}"
    note = (
        f"Running code may still read the column. When this release runs everywhere: {label} --drop"
    ).replace(label, f"python3 dev.py remove-field {plural} {' '.join(names)}")
    planned = _with_code(old, new, root, migrations, label, [note])
    return replace(planned, changed=planned.changed | samples_without(names, plural, root))


def plan_drop(plural: str, names: Sequence[str], root: Path) -> Plan:
    old = _record_of(plural, root)
    new = without_columns(old, names)
    require_no_view(root, plural)
    change = _table_change(old, new, root, is_addition=False)
    change.require_droppable()
    migrations = MigrationFiles(root, plural, names)
    migrations.drop_columns(
        change, [each for each in blueprint_of_table(old).fields if each.name in names]
    )
    return Plan(
        changed={record_path(plural): record_text(new)},
        migrations=migrations.formatted(),
        notes=[
            "Migrate when no process of a release that reads the column runs.",
            *_kept(change),
            *_rewriting(change),
        ],
    )


def require_committed(paths: Sequence[str], root: Path) -> None:
    """Refuse to change files that git could not bring back."""
    if not is_installed():
        raise RefusedError("git is not installed: it merges the change into your code")
    status = attempt(root, "status", "--porcelain", "--", *paths)
    if status.returncode == 0 and status.stdout.strip():
        raise RefusedError(f"Commit these changes first:\n{status.stdout.rstrip()}")


def _record_of(plural: str, root: Path) -> DomainRecord:
    if not re.fullmatch(r"[a-z0-9_]+", plural) or not has_domain(root, plural):
        raise RefusedError(f"{plural} is not a domain of this service")
    return read_record(root, plural)


def _table_change(
    old: DomainRecord, new: DomainRecord, root: Path, *, is_addition: bool
) -> TableChange:
    before, after = (table_of(blueprint_of_table(record)) for record in (old, new))
    less, more = (before, after) if is_addition else (after, before)
    made, is_referenced = read_history(old.plural, root)
    change = TableChange(
        less=less,
        more=more,
        present=before,
        made=made,
        is_referenced=is_referenced,
        view=view_of(root, old.plural),
    )
    change.require_own_search()
    if change.has_other_search:
        require_no_view(root, old.plural)
    return change


def _with_code(
    old: DomainRecord,
    new: DomainRecord,
    root: Path,
    migrations: MigrationFiles,
    label: str,
    notes: list[str],
) -> Plan:
    try:
        code = merge_code(blueprint_of_code(old), blueprint_of_code(new), root, label)
    except GitError as error:
        raise RefusedError(f"git could not merge: {error}") from None
    if 2 * len(code.conflicts) > len(code.texts):
        notes = [*notes, f"{new.plural} has been rewritten since: most files have a conflict"]
    missing = [f"{path} is gone: its tests of the change are not written" for path in code.missing]
    edited = [f"{path} is not needed any more, but you have edited it" for path in code.edited]
    return Plan(
        changed=code.texts | {record_path(new.plural): record_text(new)},
        migrations=migrations.formatted(),
        created=code.created,
        unused=code.unused,
        conflicts=code.conflicts,
        notes=[*notes, *missing, *edited],
    )


def _kept(change: TableChange) -> list[str]:
    if not change.kept:
        return []
    reason = "not as generated, or needed by foreign keys"
    return [f"These stay as they are, {reason}: {', '.join(change.kept)}"]


def _rewriting(change: TableChange) -> list[str]:
    if not (change.has_other_search or SEARCHED in change.columns):
        return []
    blocked = f"The migration rewrites {change.name}, and blocks its reads and writes meanwhile"
    return [f"{blocked}: {SEARCHED} is a stored column"]


def _unsearched(new: DomainRecord, names: Sequence[str]) -> list[str]:
    fields = {each.name: each for each in blueprint_of_code(new).fields}
    unsearched = [n for n in names if fields[n].is_text and n in new.secondary]
    return [
        f"`q` does not search {name}: that would rewrite the table; --search does it"
        for name in unsearched
    ]
