"""Describe each field and parameter in words: its meaning, then its limits.

The meaning is the `description` of the field, or its name; the limits follow from its schema.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from app.schemas.shared.type_texts import EXACT_TEXTS, TYPE_TEXTS

Json = dict[str, Any]

NULL: Json = {"type": "null"}
FORMATS = {
    "date": "A date such as 2026-01-15",
    "uuid": "A UUID such as 6f1b0c2e-7d3a-4e5b-9c8d-000000000001 (RFC 9562)",
    "date-time": "A time with its offset from UTC, such as 2026-01-15T09:30:00Z (RFC 3339)",
}
NAMES = {"sort_by": "Field to sort by"}
PREFIXES = {
    "is": "Whether it is",
    "has": "Whether it has",
    "min": "At least this",
    "max": "At most this",
}
DECIMAL_STRINGS = (
    "A string such as `12.50` with the media type `application/json; decimals=string`, in `Accept` "
    "for responses and in `Content-Type` for bodies"
)
LARGEST_EXACT_FLOAT = 2**53

_BOUNDS = ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum")


def describe_fields(schema: Json) -> None:
    """Complete the descriptions of the fields; put fields and example into the order of records."""
    fields = schema.get("properties", {})
    for name, field in fields.items():
        field["description"] = _text(name, field)
    if "id" in fields:
        schema["properties"] = fields = {"id": fields["id"], **fields}
    if "examples" in schema:
        schema["examples"] = [_in_order(each, fields) for each in schema["examples"]]


def describe_parameter(parameter: Json) -> None:
    """Complete the description of a parameter."""
    field = {"description": parameter.get("description"), "anyOf": [parameter["schema"]]}
    parameter["description"] = _text(parameter["name"], field)
    parameter["schema"].pop("description", None)


def _in_order(example: Any, fields: Json) -> Any:  # noqa: ANN401 - any JSON value
    if not isinstance(example, dict):
        return example
    return {name: example[name] for name in fields if name in example}


def _text(name: str, field: Json) -> str:
    kinds = field.get("anyOf", [field])
    texts = [each["description"] for each in (field, *kinds) if each.get("description")]
    meaning = next((each for each in texts if each not in TYPE_TEXTS), None) or _meaning(name)
    limits = [*_limits(kinds), *(each for each in texts if each in TYPE_TEXTS)]
    if EXACT_TEXTS.intersection(limits):
        limits.append(DECIMAL_STRINGS)
    if NULL in kinds:
        limits.append("`null` if there is none")
    return ". ".join(each.rstrip(".") for each in dict.fromkeys((meaning, *limits))) + "."


def _meaning(name: str) -> str:
    """Describe a field by its name: `is_active` is "Whether it is active"."""
    if name in NAMES:
        return NAMES[name]
    words = name.replace("_", " ")
    first, _, rest = words.partition(" ")
    if rest and first in PREFIXES:
        return f"{PREFIXES[first]} {rest}"
    if words.endswith(" id"):
        return f"ID of the {words.removesuffix(' id')}"
    return words[:1].upper() + words[1:]


def _limits(kinds: Iterable[Json]) -> Iterator[str]:
    for kind in kinds:
        yield from _limits_of_kind(kind)


def _limits_of_kind(kind: Json) -> Iterator[str]:
    if "enum" in kind:
        yield "One of " + ", ".join(f"`{value}`" for value in kind["enum"])
    elif kind.get("format") in FORMATS:
        yield FORMATS[kind["format"]]
    elif kind.get("type") == "boolean":
        yield "`true` or `false`"
    elif kind.get("type") == "integer":
        yield _range("An integer", kind, "")
    elif kind.get("type") == "number":
        yield _range("A number", kind, "")
    elif kind.get("type") == "string" and kind.keys() & {"minLength", "maxLength"}:
        low, high = kind.get("minLength"), kind.get("maxLength")
        yield _range("Text", {"minimum": low, "maximum": high}, " characters")


def _range(what: str, kind: Json, unit: str) -> str:
    """Write the range of a number, or of the length of a text."""
    low, above, high, below = map(kind.get, _BOUNDS)
    if low is not None and high is not None:
        return f"{what} from {_number(low)} to {_number(high)}{unit}"
    parts = []
    if above is not None:
        parts.append(f"above {_number(above)}")
    if low is not None:
        parts.append(f"of at least {_number(low)}{unit}")
    if high is not None:
        parts.append(f"{'at' if parts else 'of at'} most {_number(high)}{unit}")
    if below is not None:
        parts.append(f"below {_number(below)}")
    return " ".join((what, " and ".join(parts))).strip()


def _number(value: float) -> str:
    """Group digits; a whole number has no decimals, as in JSON Schema."""
    is_whole = isinstance(value, int) or (value.is_integer() and abs(value) < LARGEST_EXACT_FLOAT)
    return f"{int(value) if is_whole else value:,}".replace(",", " ")
