"""One Python file that statements are taken out of. Standard library only."""

import ast
from collections.abc import Iterable
from pathlib import Path

WIDTH = 100
Import = ast.Import | ast.ImportFrom
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
Table = ast.List | ast.Tuple | ast.Set | ast.Dict


class Source:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.is_changed = False
        self._lines = path.read_text().splitlines()
        self._tree = ast.parse(path.read_text())

    @property
    def statements(self) -> list[ast.stmt]:
        return self._tree.body

    def write(self) -> None:
        self.path.write_text("".join(f"{line}\n" for line in self._lines))

    def remove(self, statement: ast.stmt) -> None:
        """Take it out with the comment above it, and leave the gap that the formatter would."""
        start, end = _first_line(statement) - 1, _last_line(statement)
        while start and self._lines[start - 1].startswith("#"):
            start -= 1
        before, after = start, end
        while before and not self._lines[before - 1]:
            before -= 1
        while after < len(self._lines) and not self._lines[after]:
            after += 1
        gap = max(start - before, after - end)
        self._lines[before:after] = [""] * self._gap(statement, gap)
        self._read_again()

    def _gap(self, removed: ast.stmt, widest: int) -> int:
        index = self.statements.index(removed)
        if index == 0 or index == len(self.statements) - 1:
            return 0
        above, below = self.statements[index - 1], self.statements[index + 1]
        if isinstance(above, Definition) or isinstance(below, Definition):
            return 2
        starts_the_code = isinstance(above, Import | ast.Expr) and not isinstance(below, Import)
        return 1 if starts_the_code else widest

    def keep(self, statement: Import, names: Iterable[ast.alias]) -> None:
        """Leave only these in an import."""
        texts = [f"{each.name} as {each.asname}" if each.asname else each.name for each in names]
        if not texts:
            self.remove(statement)
            return
        module = f"from {statement.module} " if isinstance(statement, ast.ImportFrom) else ""
        line = f"{module}import {', '.join(texts)}"
        short = len(line) <= WIDTH
        lines = [line] if short else [f"{module}import (", *(f"    {t}," for t in texts), ")"]
        self._lines[statement.lineno - 1 : _last_line(statement)] = lines
        self._read_again()

    def keep_rows(self, table: Table, rows: list[int]) -> None:
        """Leave only these elements of a list, tuple, set or dict."""
        elements = elements_of(table)
        starts = [first.lineno for first, _ in elements]
        if len(set(starts)) == len(starts) and starts[0] > table.lineno and rows:
            gone = [elements[index] for index in range(len(elements)) if index not in rows]
            for first, last in reversed(gone):
                del self._lines[first.lineno - 1 : last.end_lineno]
        else:
            texts = [self._text(*elements[index]) for index in rows]
            self._replace(table, _display(table, texts))
        self._read_again()

    def _replace(self, node: ast.expr, text: str) -> None:
        first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
        head = _columns(self._lines[first], 0, node.col_offset)
        tail = _columns(self._lines[last], node.end_col_offset or 0, None)
        self._lines[first : last + 1] = [head + text + tail]

    def _text(self, first: ast.expr, last: ast.expr) -> str:
        code = "\n".join(self._lines)
        start = ast.get_source_segment(code, first) or ""
        return start if first is last else f"{start}: {ast.get_source_segment(code, last)}"

    def _read_again(self) -> None:
        self._tree = ast.parse("\n".join(self._lines))
        self.is_changed = True


def elements_of(table: Table) -> list[tuple[ast.expr, ast.expr]]:
    """Give the first and the last expression of each element: a dict has pairs."""
    if isinstance(table, ast.Dict):
        return [(key or value, value) for key, value in zip(table.keys, table.values, strict=True)]
    return [(element, element) for element in table.elts]


def _display(table: Table, texts: list[str]) -> str:
    inner = ", ".join(texts)
    if isinstance(table, ast.List):
        return f"[{inner}]"
    if isinstance(table, ast.Tuple):
        return f"({inner},)" if len(texts) == 1 else f"({inner})"
    return f"{{{inner}}}"


def _columns(line: str, start: int, end: int | None) -> str:
    """Cut by bytes, as the parser counts them."""
    return line.encode()[start:end].decode()


def _first_line(statement: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(each.lineno for each in decorators)])


def _last_line(statement: ast.stmt) -> int:
    return statement.end_lineno or statement.lineno
