"""The table as the migrations of this service have made it, also by hand."""

import ast
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from devtools.domain.changes.sql_text import parts_of
from devtools.domain.changes.table import SEARCHED, Table, add_columns, add_index, statements_of
from devtools.domain.refusal import RefusedError

_DROPPED = re.compile(r"DROP INDEX (?:CONCURRENTLY )?(?:IF EXISTS )?(\w+)")
_RENAMED = re.compile(r"ALTER INDEX (?:IF EXISTS )?(\w+) RENAME TO (\w+)")
# As `rename-domain` writes it.
_PARTS_RENAMED = re.compile(r'^    _rename_parts\("\w+", "(\w+)", "(\w+)"\)$', re.MULTILINE)


def read_history(plural: str, root: Path) -> tuple[Table, bool]:
    """Follow the migrations in their order; raise RefusedError if none creates the table.

    Return the table, and whether foreign keys refer to it.
    """
    names, sources = _since_creation(plural, root)
    table = Table(name=names[-1])
    for source in sources:
        for statement in statements_of(source):
            table = _renamed(table, statement)
            _apply(table, statement)
        _apply_written(table, source)
    references = re.compile(rf"REFERENCES ({'|'.join(names)})\b")
    return table, any(references.search(source) for source in sources)


def _since_creation(plural: str, root: Path) -> tuple[list[str], list[str]]:
    """Return the names of the table, newest first, and the migrations since it was created."""
    names, sources = [plural], list[str]()
    for path in sorted((root / "migrations" / "versions").glob("*.py"), reverse=True):
        sources.insert(0, path.read_text())
        for statement in reversed([*statements_of(sources[0])]):
            if statement.startswith(f"CREATE TABLE {names[-1]} ("):
                return names, sources
            if found := re.fullmatch(rf"ALTER TABLE (\w+) RENAME TO {names[-1]}", statement):
                names.append(found[1])
    raise RefusedError(f"migrations/versions: no migration creates the table {plural}")


def _renamed(table: Table, statement: str) -> Table:
    found = re.fullmatch(rf"ALTER TABLE {table.name} RENAME TO (\w+)", statement)
    if not found:
        return table
    place = f"ON {table.name} "
    indexes = {
        name: text.replace(place, f"ON {found[1]} ", 1) for name, text in table.indexes.items()
    }
    return replace(table, name=found[1], indexes=indexes)


def _apply(table: Table, statement: str) -> None:
    add_index(table, statement)
    if statement.startswith(f"CREATE TABLE {table.name} ("):
        add_columns(table, statement)
    elif found := _DROPPED.match(statement):
        table.indexes.pop(found[1], None)
    elif (found := _RENAMED.match(statement)) and found[1] in table.indexes:
        table.indexes[found[2]] = table.indexes.pop(found[1])
    elif statement.startswith(f"ALTER TABLE {table.name} "):
        for part in parts_of(statement.removeprefix(f"ALTER TABLE {table.name} ")):
            if part.startswith(f"ADD COLUMN {SEARCHED} "):
                table.columns[SEARCHED] = part.removeprefix(f"ADD COLUMN {SEARCHED} ")


def _apply_written(table: Table, source: str) -> None:
    """Apply what a migration of a command of `dev.py` does in loops."""
    if found := _PARTS_RENAMED.search(source.partition("\ndef downgrade(")[0]):
        for parts in (table.constraints, table.indexes):
            kept = {**parts}
            parts.clear()
            # A new name may be equal to an old one.
            parts.update((_with_prefix(name, *found.groups()), kept[name]) for name in kept)
    for name, definition in _constant(source, "INDEXES_AFTER").items():
        if not definition:
            table.indexes.pop(name, None)
        elif definition.split()[:2] == ["ON", table.name]:
            table.indexes[name] = " ".join(definition.split())
    is_ours = f"ALTER TABLE {table.name} " in source
    for name, (kind, columns) in _constant(source, "KEYS_AFTER").items():
        if is_ours and kind:
            table.constraints[name] = f"{kind} {' '.join(columns.split())}"
        elif is_ours:
            table.constraints.pop(name, None)


def _with_prefix(name: str, old: str, new: str) -> str:
    return new + name.removeprefix(old) if name.startswith(old) else name


def _constant(source: str, name: str) -> Mapping[str, Any]:
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            value: Mapping[str, Any] = ast.literal_eval(node.value)
            return value
    return {}
