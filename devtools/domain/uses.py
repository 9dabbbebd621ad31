"""Find code outside a domain that uses it."""

import ast
import re
from collections.abc import Collection, Iterator
from pathlib import Path

from devtools.domain.names import tables

PLACES = ("app", "tests", "devtools", "migrations")


def uses_of(root: Path, plural: str, ignored: Collection[Path]) -> Iterator[str]:
    """Yield the place of each import from the domain, and of each foreign key to its table.

    `ignored` are the folders of the domain, and files whose text changes with its removal.
    """
    existing = tables(root)
    for place in PLACES:
        for path in sorted((root / place).rglob("*.py")):
            if path not in ignored and not any(folder in ignored for folder in path.parents):
                text = path.read_text()
                # Parsing all files would take seconds.
                if plural not in text:
                    continue
                for line, what in [*imports_in(text, plural), *_keys_in(text, plural, existing)]:
                    yield f"{path.relative_to(root)}:{line}: {what}"


def imports_in(text: str, plural: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the text of each import from the domain."""
    for node in ast.walk(ast.parse(text)):
        for module in _modules(node):
            package, *rest = module.split(".")
            if package in ("app", "tests") and plural in rest:
                yield node.lineno, f"imports {module}"  # type: ignore[attr-defined]


def _keys_in(text: str, plural: str, existing: Collection[str]) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and _refers(str(node.value), plural, existing):
            yield node.lineno, f"REFERENCES {plural}"


def _refers(sql: str, plural: str, existing: Collection[str]) -> bool:
    """Return whether the statement adds a foreign key, and its own table still exists."""
    if re.search(rf"\bREFERENCES {plural}\b", sql) is None:
        return False
    changed = re.search(r"(?:CREATE|ALTER) TABLE (?:IF (?:NOT )?EXISTS |ONLY )*(\w+)", sql)
    return changed is None or changed[1] in existing


def _modules(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module:
        # `from app.models import orders` names the domain last.
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return []
