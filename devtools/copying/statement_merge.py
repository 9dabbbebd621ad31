"""Merge three versions of a module statement by statement. Standard library only.

Lines that are neighbours conflict in git: a statement that one side adds, and one that the other
side removes or changes beside it. As statements of a module, or elements of a list, they do not.
"""

import ast
from collections.abc import Mapping, Sequence

from devtools.copying.three_way import merge_texts

_END = "end_of_the_file"


def merge_statements(ours: str, base: str, theirs: str) -> str | None:
    """Return the merged text, without a tidy layout; None if one statement differs in all three."""
    sides = [_statements(text) for text in (ours, base, theirs)]
    if any(side is None for side in sides):
        return None
    mine, before, after = (side or {} for side in sides)
    # One without a name that is on neither side may have changed on both.
    if any(not name.isidentifier() for name in before if name not in mine and name not in after):
        return None
    merged: dict[str, str] = {}
    for name in _ordered([*mine], [*after]):
        text = _merged(mine.get(name), before.get(name), after.get(name))
        if text is None:
            return None
        merged[name] = text
    return "".join(merged.values())


def _statements(text: str) -> Mapping[str, str] | None:
    """Return the source of each statement by its name, with the comments above it."""
    lines = text.splitlines(keepends=True)
    found: dict[str, str] = {}
    begin = 0
    for node in ast.parse(text).body:
        end = node.end_lineno or node.lineno
        found[_name(node)] = "".join(lines[begin:end])
        begin = end
    found[_END] = "".join(lines[begin:])
    return found if len(found) == len(ast.parse(text).body) + 1 else None


def _name(node: ast.stmt) -> str:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return node.name
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return name
        case ast.Expr(value=ast.Constant(value=str())):
            return "docstring"
    return ast.unparse(node)


def _ordered(mine: Sequence[str], after: Sequence[str]) -> list[str]:
    """Put what only one side has behind what it follows there."""
    ordered = [*after]
    place = 0
    for name in mine:
        if name in ordered:
            place = ordered.index(name) + 1
        else:
            ordered.insert(place, name)
            place += 1
    return ordered


def _merged(mine: str | None, before: str | None, after: str | None) -> str | None:
    """Return the text of one statement, empty if it goes; None stands for a missing version."""
    versions = [None if text is None else text.strip() for text in (mine, before, after)]
    if versions[0] == versions[1]:
        return after or ""
    if versions[2] in (versions[0], versions[1]):
        return mine or ""
    if mine is None or before is None or after is None:
        return None
    merged = merge_texts(mine, before, after, label="after")
    return merged.text if not merged.conflicts else _merged_elements(mine, before, after)


def _merged_elements(mine: str, before: str, after: str) -> str | None:
    """Merge two lists or tuples by their elements, unless one of them has changed on both sides."""
    sides = [_elements(text) for text in (mine, before, after)]
    value = _value(after)
    if "#" in mine + before + after or value is None or any(side is None for side in sides):
        return None
    own, old, new = (side or [] for side in sides)
    if any(element not in own and element not in new for element in old):
        return None
    kept = [element for element in new if element in own or element not in old]
    added = [element for element in own if element not in old and element not in new]
    head, tail = after.strip()[: value.col_offset + 1], after.strip()[-1]
    if value.lineno > 1 or head[-1] + tail not in ("[]", "()"):
        return None
    return "\n".join([f"\n{head}", *(f"    {each}," for each in [*kept, *added]), f"{tail}\n"])


def _elements(text: str) -> list[str] | None:
    value = _value(text)
    return [ast.unparse(each) for each in value.elts] if value is not None else None


def _value(text: str) -> ast.List | ast.Tuple | None:
    statements = ast.parse(text.strip()).body
    value = getattr(statements[0], "value", None) if statements else None
    return value if isinstance(value, ast.List | ast.Tuple) else None
