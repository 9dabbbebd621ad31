"""What nobody needs any more in a file that lost something. Standard library only."""

import ast
import re
from collections.abc import Iterator
from functools import cache

from devtools.copying.needs import defined, is_fixture
from devtools.copying.source import Import, Source

_WORD = re.compile(r"\w+")


def remove_unused(source: Source, *, everything: bool) -> None:
    """Remove unused imports; with `everything`, also helpers of a file that nobody imports."""
    while _remove_one(source, helpers=everything and source.path.name.startswith("test_")):
        pass


def _remove_one(source: Source, *, helpers: bool) -> bool:
    for statement in source.statements:
        if isinstance(statement, Import):
            kept = [each for each in statement.names if _is_used(source, statement, _bound(each))]
            if len(kept) < len(statement.names):
                source.keep(statement, kept)
                return True
        elif helpers and _is_unused_helper(source, statement):
            source.remove(statement)
            return True
    return False


def _bound(alias: ast.alias) -> str:
    return alias.asname or alias.name.partition(".")[0]


def _is_unused_helper(source: Source, statement: ast.stmt) -> bool:
    names = defined(statement)
    if not names or is_fixture(statement) or _is_for_pytest(names):
        return False
    return not any(_is_used(source, statement, name) for name in names)


def _is_for_pytest(names: set[str]) -> bool:
    return any(name.startswith(("test_", "Test", "pytest")) for name in names)


def _is_used(source: Source, where: ast.stmt, name: str) -> bool:
    others = (statement for statement in source.statements if statement is not where)
    return any(name in _names_used(statement) for statement in others)


@cache
def _names_used(statement: ast.stmt) -> frozenset[str]:
    return frozenset(name for node in ast.walk(statement) for name in _names(node))


def _names(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Name(id=name) | ast.arg(arg=name):
            yield name
    for annotation in _annotations(node):
        for part in ast.walk(annotation):
            if isinstance(part, ast.Constant):
                # It may stand in quotes.
                yield from _WORD.findall(str(part.value))


def _annotations(node: ast.AST) -> list[ast.AST]:
    parts = [getattr(node, "annotation", None), getattr(node, "returns", None)]
    if isinstance(node, ast.AnnAssign) and "TypeAlias" in ast.dump(node.annotation):
        parts.append(node.value)
    if isinstance(node, ast.Call) and "id='cast'" in ast.dump(node.func):
        parts.append(node.args[0])
    return [part for part in parts if part is not None]
