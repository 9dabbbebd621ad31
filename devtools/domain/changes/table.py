"""The table of a domain: its columns, constraints and indexes, read from the SQL of migrations."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from devtools.domain.blueprint import Blueprint
from devtools.domain.changes.sql_text import in_parentheses, one_line, parts_of
from devtools.domain.rendering import FILES, render

SEARCHED = "search_text"

_INLINE = re.compile(r" CONSTRAINT (\w+) (PRIMARY KEY|UNIQUE|REFERENCES .*)$")
_REFERENCE = re.compile(r" (REFERENCES .*)$")
_CONSTRAINT = re.compile(r"CONSTRAINT (\w+) (.*)")
_INDEX = re.compile(
    r"CREATE (?:UNIQUE )?INDEX (?:CONCURRENTLY )?(?:IF NOT EXISTS )?(\w+) (ON \w+ .*)"
)
KEYS = ("PRIMARY KEY", "UNIQUE")


@dataclass(frozen=True, kw_only=True)
class Table:
    """Definitions by name: `integer NOT NULL`, `CHECK (total > 0)`, `ON orders (total, id)`."""

    name: str
    columns: dict[str, str] = field(default_factory=dict)
    constraints: dict[str, str] = field(default_factory=dict)
    indexes: dict[str, str] = field(default_factory=dict)

    @property
    def keys(self) -> dict[str, str]:
        return {n: each for n, each in self.constraints.items() if each.startswith(KEYS)}

    @property
    def checks(self) -> dict[str, str]:
        return {n: each for n, each in self.constraints.items() if n not in self.keys}


def table_of(blueprint: Blueprint) -> Table:
    """Return the table as a new domain would create it."""
    names = blueprint.names
    path = FILES["migration"].format(revision=blueprint.revision, plural=names.plural)
    table = Table(name=names.plural)
    for statement in statements_of(render(blueprint)[path]):
        if statement.startswith(f"CREATE TABLE {names.plural} ("):
            add_columns(table, statement)
        else:
            add_index(table, statement)
    return table


def add_index(table: Table, statement: str) -> None:
    found = _INDEX.match(statement)
    if found and found[2].startswith(f"ON {table.name} "):
        table.indexes[found[1]] = found[2]


def statements_of(source: str) -> Iterator[str]:
    """Yield each text of `op.execute("…")` outside of `downgrade`, on one line."""
    for function in ast.parse(source).body:
        if isinstance(function, ast.FunctionDef) and function.name != "downgrade":
            calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
            for call in sorted(calls, key=lambda node: node.lineno):
                if ast.unparse(call.func) == "op.execute" and isinstance(
                    call.args[0], ast.Constant
                ):
                    yield one_line(str(call.args[0].value))


def add_columns(table: Table, statement: str) -> None:
    for part in parts_of(in_parentheses(statement)):
        if found := _CONSTRAINT.fullmatch(part):
            table.constraints[found[1]] = found[2]
        else:
            _add_column(table, *part.split(" ", 1))


def _add_column(table: Table, name: str, definition: str) -> None:
    """Add a column, and apart from it the constraint in its definition."""
    if found := _INLINE.search(definition):
        constraint, text = found[1], found[2]
    elif found := _REFERENCE.search(definition):
        constraint, text = f"{table.name}_{name}_fkey", found[1]
    if found:
        definition = definition[: found.start()]
        prefix = f"FOREIGN KEY ({name}) " if text.startswith("REFERENCES") else ""
        suffix = f" ({name})" if text in KEYS else ""
        table.constraints[constraint] = f"{prefix}{text}{suffix}"
    table.columns[name] = definition
