"""Replace renamed modules and names in one Python file. Standard library only."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from devtools.copying.renames import Call, Renames

WIDTH = 100
_DOTTED = re.compile(r"(?:app|tests)(?:\.\w+)+")


@dataclass
class Source:
    """A parsed file and the edits to make in it; positions are those of `ast`, in bytes."""

    text: str
    tree: ast.Module = field(init=False)
    _edits: set[tuple[int, int, bytes]] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Raise SyntaxError if the text is not Python, such as one with conflict markers."""
        self.tree = ast.parse(self.text)
        self._content = self.text.encode()
        self._starts = [0]
        for line in self._content.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))

    def replace(self, line: int, column: int, length: int, new: str) -> None:
        begin = self._starts[line - 1] + column
        self._edits.add((begin, begin + length, new.encode()))

    def replace_node(self, node: ast.stmt | ast.expr, new: str) -> None:
        self.replace(node.lineno, node.col_offset, len(self.segment(node).encode()), new)

    def segment(self, node: ast.AST) -> str:
        return ast.get_source_segment(self.text, node) or ""

    def edited(self) -> str:
        content = self._content
        for begin, end, new in sorted(self._edits, reverse=True):
            content = content[:begin] + new + content[end:]
        return content.decode()


@dataclass
class Renaming:
    """Replaces the old names that the file at `path` imports, defines or uses."""

    source: Source
    renames: Renames
    root: Path
    path: Path

    def __post_init__(self) -> None:
        self.module = ".".join(self.path.with_suffix("").parts)
        self._imports = [*_imports_in(self.source.tree)]
        self.imported = {
            (local, f"{node.module}.{alias.name}")
            for node in self._imports
            for alias in node.names
            for local in [alias.asname or alias.name]
        }
        self._origins = dict(self.imported)
        for statement in self.source.tree.body:
            if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                self._origins.setdefault(statement.name, f"{self.module}.{statement.name}")
        self._local: dict[str, str] = {}

    @property
    def has_old_imports(self) -> bool:
        return any(self._resolve(name) != name for _, name in self.imported)

    def rename(self, *, members: bool) -> str:
        """Return the new text; `members` also renames attributes and keywords of methods."""
        self._rename_definitions()
        for node in self._imports:
            self._rename_import(node)
        for each in ast.walk(self.source.tree):
            self._rename_use(each)
        if members:
            self._rename_members()
        return self.source.edited()

    def _resolve(self, name: str) -> str:
        return self.renames.resolve(name, self.root)

    def _rename_definitions(self) -> None:
        for statement in self.source.tree.body:
            if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                continue
            module, _, new = self.renames.names.get(
                f"{self.module}.{statement.name}", ""
            ).rpartition(".")
            if module != self.module or new == statement.name:
                continue
            self._local[statement.name] = new
            keyword = re.match(r"(?:async )?(?:def|class) +", self.source.segment(statement))
            column = statement.col_offset + (keyword.end() if keyword else 0)
            self.source.replace(statement.lineno, column, len(statement.name), new)

    def _rename_import(self, node: ast.ImportFrom) -> None:
        groups: dict[str, list[str]] = {}
        for alias in node.names:
            module, _, name = self._resolve(f"{node.module}.{alias.name}").rpartition(".")
            groups.setdefault(module, []).append(self._bind(alias, name))
        names = [
            alias.name + (f" as {alias.asname}" if alias.asname else "") for alias in node.names
        ]
        if groups != {node.module: names}:
            indent = " " * node.col_offset
            lines = [_import_line(module, names, indent) for module, names in groups.items()]
            self.source.replace_node(node, f"\n{indent}".join(lines))

    def _bind(self, alias: ast.alias, new: str) -> str:
        """Return the new import, aliased to the old name if the file binds one of them itself."""
        if alias.asname:
            return f"{new} as {alias.asname}"
        if new == alias.name:
            return new
        if {new, alias.name} & self._bound_elsewhere():
            return f"{new} as {alias.name}"
        self._local[alias.name] = new
        return new

    def _bound_elsewhere(self) -> set[str]:
        """Return the names that the file itself defines."""
        bound: set[str] = set()
        for node in ast.walk(self.source.tree):
            match node:
                case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                    bound.add(name)
                case (
                    ast.FunctionDef(name=name)
                    | ast.AsyncFunctionDef(name=name)
                    | ast.ClassDef(name=name)
                ):
                    bound.add(name)
        return bound

    def _rename_use(self, node: ast.AST) -> None:
        match node:
            case ast.Name(id=name) if name in self._local:
                self.source.replace_node(node, self._local[name])
            case ast.Call(func=ast.Name(id=name)) if call := self._changed_call(name):
                self._rename_arguments(node, call)
            case ast.Constant(value=str(text)) if _DOTTED.fullmatch(text):
                if (new := self._resolve(text)) != text:
                    segment = self.source.segment(node)
                    self.source.replace_node(node, segment.replace(text, new))

    def _changed_call(self, name: str) -> Call | None:
        return self.renames.calls.get(self._origins.get(name, ""))

    def _rename_arguments(self, node: ast.Call, call: Call) -> None:
        self._rename_keywords(node, call.keywords)
        for argument, name in zip(node.args, call.positional, strict=False):
            self.source.replace(argument.lineno, argument.col_offset, 0, f"{name}=")
        if (
            call.suffix
            and node.args
            and not self.source.segment(first := node.args[0]).endswith(call.suffix)
        ):
            end = first.end_col_offset or 0
            self.source.replace(first.end_lineno or first.lineno, end, 0, call.suffix)

    def _rename_keywords(self, node: ast.Call, keywords: dict[str, str]) -> None:
        for keyword in node.keywords:
            if keyword.arg in keywords:
                length = len(keyword.arg)
                new = keywords[keyword.arg]
                self.source.replace(keyword.lineno, keyword.col_offset, length, new)

    def _rename_members(self) -> None:
        imported = {name for _, name in self.imported}
        for members in self.renames.members:
            if not members.apply_to(imported):
                continue
            for node in ast.walk(self.source.tree):
                match node:
                    case ast.Attribute(attr=name) if name in members.attributes:
                        self._replace_attribute(node, members.attributes[name])
                    case ast.Call(func=ast.Attribute(attr=name)) if name in members.keywords:
                        self._rename_keywords(node, members.keywords[name])

    def _replace_attribute(self, node: ast.Attribute, new: str) -> None:
        column = (node.end_col_offset or 0) - len(node.attr)
        self.source.replace(node.end_lineno or node.lineno, column, len(node.attr), new)


def _imports_in(tree: ast.Module) -> Iterator[ast.ImportFrom]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node


def _import_line(module: str, names: list[str], indent: str) -> str:
    line = f"from {module} import {', '.join(names)}"
    if len(indent) + len(line) <= WIDTH:
        return line
    lines = "".join(f"{indent}    {name},\n" for name in names)
    return f"from {module} import (\n{lines}{indent})"
