"""Let the database write a removed field, until its column is dropped."""

from collections.abc import Callable
from decimal import Decimal

from devtools.domain.field import Field

# Lower-case hexadecimal digits of MD5.
RANDOM_LENGTH = 32

_VALUES: dict[str, Callable[[Field], str]] = {
    "str": lambda _: "'?'",
    "email": lambda _: "'unknown@example.invalid'",
    "url": lambda _: "'https://example.invalid'",
    "int": lambda field: str(max(field.low, min(0, field.high))),
    "bigint": lambda field: str(max(field.low, min(0, field.high))),
    "decimal": lambda field: str(max(field.least, Decimal(0))),
    "money": lambda field: str(max(field.least, Decimal(0))),
    "bool": lambda _: "false",
    "enum": lambda field: f"'{field.values[0]}'",
    "date": lambda _: "'1970-01-01'",
    "datetime": lambda _: "'1970-01-01 00:00+00'",
    "time": lambda _: "'00:00:00'",
    "uuid": lambda _: "'00000000-0000-0000-0000-000000000000'",
}


def placeholder(field: Field) -> str | None:
    """Return the SQL of a value for rows without one; None if null has to be allowed instead."""
    if not field.unique:
        return _VALUES[field.kind](field) if field.kind in _VALUES else None
    if field.kind == "str":
        return f"left(md5(random()::text), {min(field.length, RANDOM_LENGTH)})"
    if field.kind == "email":
        return "md5(random()::text) || '@example.invalid'"
    if field.kind == "uuid":
        return "gen_random_uuid()"
    return None


def relaxation(field: Field) -> tuple[str, str]:
    """Return what lets new code leave out a required column, and what takes that back."""
    if value := placeholder(field):
        return f"SET DEFAULT {value}", "DROP DEFAULT"
    return "DROP NOT NULL", "SET NOT NULL"


def relaxed(field: Field, definition: str) -> str:
    """Return the definition of the column after `relaxation`."""
    if not field.is_required:
        return definition
    if value := placeholder(field):
        return f"{definition} DEFAULT {value}"
    return definition.replace(" NOT NULL", "")
