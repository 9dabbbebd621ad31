"""What Python code needs, and what of it is no longer there. Standard library only."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from devtools.copying.source import Definition, Import


@dataclass
class Gone:
    root: Path
    named: re.Pattern[str]
    _names: dict[str, set[str]] = field(default_factory=dict)
    _fixtures: dict[Path, set[str]] = field(default_factory=dict)

    def add(self, path: Path, names: set[str]) -> None:
        self._names.setdefault(self.module(path), set()).update(names)

    def add_fixtures(self, path: Path, names: set[str]) -> None:
        """Tests below the folder of a `conftest.py` ask for its fixtures by their names alone."""
        if path.name == "conftest.py":
            self._fixtures.setdefault(path.parent, set()).update(names)

    def in_file(self, path: Path) -> set[str]:
        names = self._names.get(self.module(path), set())
        return names.union(*(self._fixtures.get(folder, set()) for folder in path.parents))

    def imports(self, statement: Import, alias: ast.alias) -> bool:
        """Return whether the import names what is not there any more."""
        if isinstance(statement, ast.Import):
            return not self._is_there(alias.name)
        module = statement.module or ""
        if not self._is_there(module) or alias.name in self._names.get(module, set()):
            return True
        folder = self.root.joinpath(*module.split("."))
        # What is no module of a package without code of its own must stand in its `__init__.py`.
        return folder.is_dir() and self.named.search(alias.name) is not None

    def foreign(self, statements: list[ast.stmt]) -> frozenset[str]:
        """Give what a file has from elsewhere, such as the `product` of itertools."""
        return frozenset(
            alias.asname or alias.name
            for statement in statements
            if isinstance(statement, ast.ImportFrom)
            and not (self.root / (statement.module or "").partition(".")[0]).is_dir()
            for alias in statement.names
        )

    def is_test(self, path: Path) -> bool:
        return path.is_relative_to(self.root / "tests")

    def _is_there(self, module: str) -> bool:
        """Judge only modules of ours."""
        first, *rest = module.split(".")
        if not rest or not (self.root / first).is_dir():
            return True
        place = self.root.joinpath(first, *rest)
        return place.is_dir() or place.with_suffix(".py").exists()

    def module(self, path: Path) -> str:
        parts = path.relative_to(self.root).with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def needs(
    node: ast.AST, missing: set[str], named: re.Pattern[str], foreign: frozenset[str]
) -> bool:
    """Return whether it uses a missing name, or names what has gone; docstrings do not count."""
    names = _names_in(node) - foreign
    return not missing.isdisjoint(names) or any(map(named.search, names))


def defined(statement: ast.stmt) -> set[str]:
    if isinstance(statement, Definition):
        return {statement.name}
    if isinstance(statement, ast.Assign | ast.AnnAssign):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        return {
            each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name)
        }
    return set()


def imported_modules(statements: list[ast.stmt]) -> set[str]:
    """Give every module that may be meant: `from a import b` may mean `a.b`."""
    found = set()
    for node in (node for statement in statements for node in ast.walk(statement)):
        if isinstance(node, ast.ImportFrom):
            found |= {node.module or "", *(f"{node.module}.{each.name}" for each in node.names)}
        elif isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
    return found


def is_fixture(statement: ast.stmt) -> bool:
    return any("fixture" in ast.dump(each) for each in getattr(statement, "decorator_list", []))


@cache
def _names_in(node: ast.AST) -> frozenset[str]:
    docstrings = {id(text) for text in _docstrings(node)}
    return frozenset(
        name for each in ast.walk(node) if id(each) not in docstrings for name in _names(each)
    )


def _docstrings(node: ast.AST) -> Iterator[ast.AST]:
    for each in ast.walk(node):
        body = getattr(each, "body", None)
        if isinstance(body, list):
            yield from (
                part.value
                for part in body
                if isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant)
            )


def _names(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Name(id=name) | ast.arg(arg=name) | ast.Attribute(attr=name):
            yield name
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.ImportFrom(module=str(name)) | ast.alias(name=name) | ast.keyword(arg=str(name)):
            yield name
        case ast.Constant(value=str(text)):
            yield text
