"""Take the import statements of a module apart from its other code. Standard library only."""

import ast
from collections.abc import Iterable


def imports_of(text: str) -> list[str]:
    return [ast.unparse(statement) for statement in _import_statements(ast.parse(text))]


def without_imports(text: str) -> str:
    lines = text.splitlines(keepends=True)
    for node in reversed(_import_statements(ast.parse(text))):
        del lines[node.lineno - 1 : node.end_lineno]
    return "".join(lines)


def with_imports(body: str, imports: Iterable[str]) -> str:
    """Insert the imports after the docstring; ruff merges, sorts and prunes them."""
    statements = ast.parse(body).body
    lines = body.splitlines(keepends=True)
    end = (statements[0].end_lineno or 0) if statements and _is_docstring(statements[0]) else 0
    block = "".join(f"{line}\n" for line in dict.fromkeys(imports))
    return "".join([*lines[:end], "\n", block, "\n", *lines[end:]])


def _import_statements(tree: ast.Module) -> list[ast.stmt]:
    return [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
