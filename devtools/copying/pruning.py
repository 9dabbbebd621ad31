"""Python code without what needs something that has gone. Standard library only.

A top-level statement that names it goes, or only the row of a table that does; so does what needs
that statement, in any file, until nothing more has to.
"""

import ast
import re
from collections.abc import Callable
from pathlib import Path

from devtools.copying.needs import Gone, defined, imported_modules, is_fixture, needs
from devtools.copying.source import Import, Source, Table, elements_of
from devtools.copying.unused import remove_unused

Needs = Callable[[ast.AST], bool]


def prune_modules(root: Path, files: list[Path], named: re.Pattern[str]) -> None:
    sources = [Source(path) for path in files]
    gone = Gone(root=root, named=named)
    while _prune_all(sources, gone) or _drop(sources, gone, _is_empty) or _tidy(sources, gone):
        pass
    for source in filter(_is_changed, sources):
        source.write()


def _tidy(sources: list[Source], gone: Gone) -> bool:
    for source in filter(_is_changed, sources):
        remove_unused(source, everything=gone.is_test(source.path))
    imported = {module for source in sources for module in imported_modules(source.statements)}

    def is_forgotten(source: Source) -> bool:
        is_left_over = source.is_changed and _is_support(source)
        return is_left_over and gone.module(source.path) not in imported

    return _drop(sources, gone, is_forgotten)


def _is_changed(source: Source) -> bool:
    return source.is_changed


def _prune_all(sources: list[Source], gone: Gone) -> bool:
    # All of them at each turn: what one loses, others may need.
    changed = [source for source in sources if _prune(source, gone)]
    return bool(changed)


def _prune(source: Source, gone: Gone) -> bool:
    changed = False
    while _prune_one(source, gone):
        changed = True
    return changed


def _prune_one(source: Source, gone: Gone) -> bool:
    """Change the first statement that must not stay as it is."""
    missing, foreign = gone.in_file(source.path), gone.foreign(source.statements)

    def has_to_go(node: ast.AST) -> bool:
        return needs(node, missing, gone.named, foreign)

    for statement in source.statements:
        if isinstance(statement, Import):
            kept = [each for each in statement.names if not gone.imports(statement, each)]
            if len(kept) < len(statement.names):
                dropped = set(statement.names) - set(kept)
                gone.add(source.path, {each.asname or each.name for each in dropped})
                source.keep(statement, kept)
                return True
        elif has_to_go(statement):
            _take_out(source, statement, gone, has_to_go)
            return True
    return False


def _take_out(source: Source, statement: ast.stmt, gone: Gone, has_to_go: Needs) -> None:
    table = _table(statement)
    if table is not None and not any(map(gone.named.search, defined(statement))):
        rows = [
            index
            for index, pair in enumerate(elements_of(table))
            if not any(has_to_go(each) for each in pair)
        ]
        if rows or isinstance(statement, ast.AnnAssign):
            source.keep_rows(table, rows)
            return
    names = defined(statement)
    source.remove(statement)
    if is_fixture(statement):
        gone.add_fixtures(source.path, names)
    gone.add(source.path, names)


def _table(statement: ast.stmt) -> Table | None:
    value = statement.value if isinstance(statement, ast.Assign | ast.AnnAssign) else None
    return value if isinstance(value, Table) and elements_of(value) else None


def _drop(sources: list[Source], gone: Gone, has_to_go: Callable[[Source], bool]) -> bool:
    """Remove files of the tests; what they need may not be needed any more."""
    dropped = [source for source in sources if gone.is_test(source.path) and has_to_go(source)]
    for source in dropped:
        sources.remove(source)
        source.path.unlink()
    return bool(dropped)


def _is_empty(source: Source) -> bool:
    names = [name for statement in source.statements for name in defined(statement)]
    if source.path.name.startswith("test_"):
        return not any(name.startswith(("test_", "Test")) for name in names)
    return source.path.name != "__init__.py" and not names


def _is_support(source: Source) -> bool:
    return not source.path.name.startswith(("test_", "conftest", "__init__"))
