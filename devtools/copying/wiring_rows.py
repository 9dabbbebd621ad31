"""Remove the import and the row of a domain from a shared file. Standard library only."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from devtools.domain.refusal import RefusedError


def without_domain(path: Path, plural: str) -> str:
    """Return the text of the file without the imports and the row of the domain.

    Raises RefusedError unless exactly one row uses a name imported from the domain.
    """
    text = path.read_text()
    tree = ast.parse(text)
    imports = [
        node
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and plural in (node.module or "").split(".")
    ]
    names = {alias.asname or alias.name for node in imports for alias in node.names}
    rows = [row for row in _rows(tree) if _names_in(row) & names]
    if len(rows) != 1:
        raise RefusedError(
            f"{path}: expected one row with an import from {plural}, found {len(rows)}"
        )
    # From the bottom up, so that line numbers above stay valid.
    for node in (rows[0], *reversed(imports)):
        text = _cut(text, node)
    # An empty list or tuple stands on one line.
    return re.sub(r"([\[(])\n([\])])$", r"\1\2", text, flags=re.MULTILINE)


def _rows(tree: ast.Module) -> Iterator[ast.expr | ast.stmt]:
    """Yield the calls of the module and the elements of its lists and tuples."""
    for statement in tree.body:
        if isinstance(statement, ast.Expr):
            yield statement
        elif isinstance(value := getattr(statement, "value", None), ast.List | ast.Tuple):
            yield from value.elts


def _names_in(node: ast.AST) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}


def _cut(text: str, node: ast.expr | ast.stmt) -> str:
    lines = text.splitlines(keepends=True)
    first, last = node.lineno - 1, node.end_lineno or node.lineno
    before = lines[first][: node.col_offset]
    after = lines[last - 1][node.end_col_offset :].removeprefix(",")
    if before.strip() or after.strip():
        return "".join([*lines[:first], before, after.lstrip(" "), *lines[last:]])
    # Of two blank lines around the removed text, remove one.
    if first and not lines[first - 1].strip() and not "".join(lines[last : last + 1]).strip():
        first -= 1
    return "".join([*lines[:first], *lines[last:]])
