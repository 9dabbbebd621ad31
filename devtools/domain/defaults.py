"""Check the default of a field: return the problem, or None."""

import re
from collections.abc import Callable
from decimal import Decimal

from devtools.domain.field import Field

MAX_LENGTH = 40


def _string(field: Field, default: str) -> str | None:
    longest = min(field.length, MAX_LENGTH)
    if not 1 <= len(default) <= longest or default != default.strip():
        return f"expected 1 to {longest} characters"
    # The default becomes a literal in Python and in SQL.
    if not default.isprintable() or set(default) & set("\\'\"{}$%"):
        return "a default holds neither quotes, braces, $, % nor backslashes"
    return None


def _integer(field: Field, default: str) -> str | None:
    if re.fullmatch("-?[0-9]{1,10}", default) and field.low <= int(default) <= field.high:
        return None
    return f"expected a number from {field.low} to {field.high}"


def _money(_: Field, default: str) -> str | None:
    if re.fullmatch(r"[0-9]{1,10}(\.[0-9]{1,2})?", default) and Decimal(default) > 0:
        return None
    return "expected an amount above 0 such as 12.50"


def _bool(_: Field, default: str) -> str | None:
    return None if default in ("true", "false") else "expected true or false"


def _enum(field: Field, default: str) -> str | None:
    return None if default in field.values else f"expected one of {', '.join(field.values)}"


def _time(_: Field, __: str) -> str:
    return "a date has no default"


def _reference(_: Field, __: str) -> str:
    return "a reference has no default"


DEFAULTS: dict[str, Callable[[Field, str], str | None]] = {
    "str": _string,
    "int": _integer,
    "money": _money,
    "bool": _bool,
    "enum": _enum,
    "date": _time,
    "datetime": _time,
    "ref": _reference,
}
