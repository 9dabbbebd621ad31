"""Find domain names that shadow a name used by the generated code.

The domain is also rendered with a neutral name. A scope with more distinct names in that rendering
has a collision in the other.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache

from devtools.domain.blueprint import Blueprint
from devtools.domain.field_parser import read_fields
from devtools.domain.names import Names
from devtools.domain.rendering import render

FIELDS = (
    *("zq_name:str(100) unique", "zq_total:money", "zq_status:enum(new,paid)=new"),
    *("zq_note:text?", "zq_due:date?", "zq_at:datetime", "zq_count:int>0"),
    *("zq_weight:decimal(8,3)", "zq_fee:money>=0", "zq_balance:money(signed)"),
    *("zq_size:bigint", "zq_key:uuid unique", "zq_other:uuid?"),
    *("zq_mail:email unique", "zq_site:url", "zq_opens:time"),
    *("zq_paid:datetime=now", "zq_day:date=today"),
)
NEUTRAL = Names(plural="zqxys", singular="zqxy")
HUMP = re.compile("[a-z][A-Z]")

Scopes = list[tuple[str, frozenset[str]]]


def has_collision(names: Names) -> bool:
    try:
        found = _scopes_of(names)
    except SyntaxError:
        # Two parameters with the same name.
        return True
    return _has_fewer(found, _scopes_of(NEUTRAL))


def has_collision_as_target(plural: str) -> bool:
    """Return whether a domain that refers to one of this name has a collision."""
    return _has_fewer(_scopes_of(NEUTRAL, plural), _scopes_of(NEUTRAL, "zqtargets"))


def _has_fewer(found: Scopes, neutral: Scopes) -> bool:
    return any(
        len(ours) < len(theirs) for (_, ours), (_, theirs) in zip(found, neutral, strict=True)
    )


def used_names() -> set[str]:
    """Return every one-word name in the code of a domain that could be the name of a domain."""
    words = {
        word.lower() for _, scope in _scopes_of(NEUTRAL) for word in scope if not HUMP.search(word)
    }
    return {word for word in words if re.fullmatch(r"(?!.*zq)[a-z]{3,24}", word)}


@cache
def _scopes_of(names: Names, target: str = "") -> Scopes:
    references = (f"zq_target:ref({target})",) if target else ()
    fields = read_fields((*FIELDS, *references), names)
    blueprint = Blueprint(names=names, fields=fields, revision="0009", down_revision="0008")
    trees = [ast.parse(text) for text in render(blueprint).values()]
    return [scope for tree in trees for scope in _scopes(tree)]


def _scopes(tree: ast.Module) -> Iterator[tuple[str, frozenset[str]]]:
    yield "module", frozenset(name for node in tree.body for name in _bound(node))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, frozenset(_names(node))
        elif isinstance(node, ast.ClassDef):
            yield node.name, frozenset(_members(node))


def _bound(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif not isinstance(node, ast.Expr):
        yield from _stored(node)


def _stored(node: ast.AST) -> Iterator[str]:
    for each in ast.walk(node):
        if isinstance(each, ast.alias):
            yield each.asname or each.name
        elif isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
            yield each.id


def _names(function: ast.AST) -> Iterator[str]:
    for node in ast.walk(function):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg


def _members(cls: ast.ClassDef) -> Iterator[str]:
    for node in ast.walk(cls):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name
        elif isinstance(node, ast.Attribute) and ast.unparse(node.value) == "self":
            yield node.attr
