"""Check the default of a field: return the problem, or None."""

import re
from collections.abc import Callable
from decimal import Decimal

from devtools.domain.field import Field

MAX_LENGTH = 40

# Rows get the day or the time at which they are created, in UTC.
MOMENTS = {"date": "today", "datetime": "now"}

_SIGNS = {">0": "above 0", ">=0": "of at least 0", "any": "of any sign"}


def _string(field: Field, default: str) -> str | None:
    longest = min(field.length, MAX_LENGTH)
    if not 1 <= len(default) <= longest or default != default.strip():
        return f"expected 1 to {longest} characters"
    # The default becomes a literal in Python and in SQL.
    if not default.isprintable() or set(default) & set("\\'\"{}$%"):
        return "a default holds neither quotes, braces, $, % nor backslashes"
    return None


def _integer(field: Field, default: str) -> str | None:
    if re.fullmatch("-?[0-9]{1,19}", default) and field.low <= int(default) <= field.high:
        return None
    return f"expected a number from {field.low} to {field.high}"


def _decimal(field: Field, default: str) -> str | None:
    decimals = rf"(\.[0-9]{{1,{field.scale}}})?" if field.scale else ""
    if re.fullmatch(rf"-?[0-9]{{1,28}}{decimals}", default) and (
        field.least <= Decimal(default) <= field.greatest
    ):
        return None
    if field.kind == "money":
        return f"expected an amount {_SIGNS[field.sign]} such as 12.50"
    return f"expected a number from {field.least} to {field.greatest}"


def _bool(_: Field, default: str) -> str | None:
    return None if default in ("true", "false") else "expected true or false"


def _enum(field: Field, default: str) -> str | None:
    return None if default in field.values else f"expected one of {', '.join(field.values)}"


def _moment(field: Field, default: str) -> str | None:
    known = MOMENTS[field.kind]
    return None if default == known else f"expected {known}: no other default"


def _no_default(field: Field, _: str) -> str:
    return f"the type {field.kind} has no default"


def _reference(_: Field, __: str) -> str:
    return "a reference has no default"


DEFAULTS: dict[str, Callable[[Field, str], str | None]] = {
    "str": _string,
    "int": _integer,
    "bigint": _integer,
    "decimal": _decimal,
    "money": _decimal,
    "bool": _bool,
    "enum": _enum,
    "date": _moment,
    "datetime": _moment,
    **dict.fromkeys(("email", "url", "time", "uuid"), _no_default),
    "ref": _reference,
}
WITHOUT_DEFAULT = ("email", "url", "time", "uuid", "ref")
