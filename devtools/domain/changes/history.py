"""The table as the migrations of this service have made it, also by hand."""

import ast
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from devtools.domain.changes.sql_text import parts_of
from devtools.domain.changes.table import SEARCHED, Table, add_columns, add_index, statements_of
from devtools.domain.refusal import RefusedError

_DROPPED = re.compile(r"DROP INDEX (?:CONCURRENTLY )?(?:IF EXISTS )?(\w+)")
_RENAMED = re.compile(r"ALTER INDEX (?:IF EXISTS )?(\w+) RENAME TO (\w+)")


def read_history(plural: str, root: Path) -> Table:
    """Follow the migrations in their order; raise RefusedError if none creates the table."""
    table = None
    for path in sorted((root / "migrations" / "versions").glob("*.py")):
        source = path.read_text()
        for statement in statements_of(source):
            if statement.startswith(f"CREATE TABLE {plural} ("):
                table = Table(name=plural)
                add_columns(table, statement)
            elif table:
                _apply(table, statement)
        if table:
            _apply_written(table, source)
    if table is None:
        raise RefusedError(f"migrations/versions: no migration creates the table {plural}")
    return table


def _apply(table: Table, statement: str) -> None:
    add_index(table, statement)
    if found := _DROPPED.match(statement):
        table.indexes.pop(found[1], None)
    elif (found := _RENAMED.match(statement)) and found[1] in table.indexes:
        table.indexes[found[2]] = table.indexes.pop(found[1])
    elif statement.startswith(f"ALTER TABLE {table.name} "):
        for part in parts_of(statement.removeprefix(f"ALTER TABLE {table.name} ")):
            if part.startswith(f"ADD COLUMN {SEARCHED} "):
                table.columns[SEARCHED] = part.removeprefix(f"ADD COLUMN {SEARCHED} ")


def _apply_written(table: Table, source: str) -> None:
    """Apply the constants of a migration that `add-field` or `remove-field` has written."""
    for name, definition in _constant(source, "INDEXES_AFTER").items():
        if not definition:
            table.indexes.pop(name, None)
        elif definition.split()[:2] == ["ON", table.name]:
            table.indexes[name] = " ".join(definition.split())
    for name, (kind, columns) in _constant(source, "KEYS_AFTER").items():
        if name in table.constraints:
            table.constraints[name] = f"{kind} {' '.join(columns.split())}"


def _constant(source: str, name: str) -> Mapping[str, Any]:
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            value: Mapping[str, Any] = ast.literal_eval(node.value)
            return value
    return {}
