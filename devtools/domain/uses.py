"""Find code outside a domain that uses it."""

import ast
from collections.abc import Collection, Iterator
from pathlib import Path

PLACES = ("app", "tests", "devtools", "migrations")


def uses_of(root: Path, plural: str, ignored: Collection[Path]) -> Iterator[str]:
    """Yield the place of each import from the domain, and of each foreign key to its table.

    `ignored` are the folders of the domain, and files whose text changes with its removal.
    """
    for place in PLACES:
        for path in sorted((root / place).rglob("*.py")):
            if path not in ignored and not any(folder in ignored for folder in path.parents):
                for line, what in uses_in(path.read_text(), plural):
                    yield f"{path.relative_to(root)}:{line}: {what}"


def uses_in(text: str, plural: str) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(text)):
        for module in _modules(node):
            package, *rest = module.split(".")
            if package in ("app", "tests") and plural in rest:
                yield node.lineno, f"imports {module}"  # type: ignore[attr-defined]
        if isinstance(node, ast.Constant) and f"REFERENCES {plural}" in str(node.value):
            yield node.lineno, f"REFERENCES {plural}"


def _modules(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module:
        # `from app.models import orders` names the domain last.
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return []
