"""Field types that every domain's schemas share; see CONTRACT section 3.4."""

import re
import unicodedata
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

MAX_ID = 2**63 - 1
MAX_INTEGER = 2**31 - 1
MAX_MONEY = Decimal("9999999999.99")

_UNREADABLE = {"Cc", "Cs"}
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,18}", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_DATE_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?([Zz]|[+-][0-9]{2}:[0-9]{2})",
    re.ASCII,
)
_DECIMAL = re.compile(r"[0-9]{1,10}(\.[0-9]{1,2})?", re.ASCII)

# Normalising a long run of combining marks takes time by the square of its length.
_MAX_RAW = 4_000


def _clean(value: Any) -> Any:  # noqa: ANN401 - what is no string is refused by its type
    if not isinstance(value, str):
        return value
    if len(value) > _MAX_RAW:
        raise PydanticCustomError("string_too_long", "Text is too long")
    text = unicodedata.normalize("NFC", value.strip())
    if not text.isprintable() and any(unicodedata.category(c) in _UNREADABLE for c in text):
        raise PydanticCustomError("unreadable", "Control characters are not allowed")
    return text


_TEXT_PATTERN = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"


def text_up_to(length: int) -> Any:  # noqa: ANN401 - a field of pydantic
    """Bound the characters that are left of a TEXT; stands before it in an annotation."""
    return Field(min_length=1, max_length=length, json_schema_extra={"pattern": _TEXT_PATTERN})


# Stripped, normalised (NFC) and readable, before its length is looked at.
TEXT = BeforeValidator(_clean)


def _exact(value: Any) -> Decimal:  # noqa: ANN401 - whatever JSON holds
    """Take a JSON number as it was written: never through a binary float."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise PydanticCustomError("money_type", "Input should be a JSON number")
    number = Decimal(value)
    if not (number.is_finite() and 0 < number <= MAX_MONEY):
        raise PydanticCustomError("money_range", "Input should be between 0.01 and 9999999999.99")
    if number != (cents := round(number, 2)):
        raise PydanticCustomError("money_decimals", "Input should have at most 2 decimals")
    return cents


def _whole(value: Any) -> Any:  # noqa: ANN401 - what is no whole number is refused by its type
    if isinstance(value, Decimal) and abs(value) <= MAX_ID and value == int(value):
        return int(value)
    return value


# An integer of a body: 7.0 is one, too, as JSON Schema has it.
WHOLE = BeforeValidator(_whole)

_MONEY_SCHEMA = {"type": "number", "exclusiveMinimum": 0, "maximum": float(MAX_MONEY)}

Money = Annotated[
    Decimal,
    BeforeValidator(_exact),
    WithJsonSchema({**_MONEY_SCHEMA, "multipleOf": 0.01, "examples": [12.5]}),
]


def _calendar_day(value: Any) -> Any:  # noqa: ANN401 - what is no string is refused by its type
    if not isinstance(value, str):
        return value
    if not _DATE.fullmatch(value):
        raise PydanticCustomError("date_parsing", "Input should be a date such as 2026-01-15")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise PydanticCustomError("date_parsing", "There is no such day") from None


def _moment(value: Any) -> Any:  # noqa: ANN401 - likewise
    if not isinstance(value, str):
        return value
    if not _DATE_TIME.fullmatch(value):
        raise PydanticCustomError(
            "datetime_parsing", "Input should be like 2026-01-15T09:30:00Z (RFC 3339)"
        )
    try:
        return datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise PydanticCustomError("datetime_parsing", "There is no such time") from None


# Nothing but RFC 3339, in bodies as in queries; a time is kept in UTC.
Date = Annotated[date, BeforeValidator(_calendar_day)]
DateTime = Annotated[datetime, BeforeValidator(_moment)]


# The default of a change: what a client has not given is not set (see `Changes.given`).
LEFT_OUT: Any = Field(default_factory=lambda: None)


def _plain_integer(value: Any) -> Any:  # noqa: ANN401 - a default is an int already
    if isinstance(value, str):
        if not _INTEGER.fullmatch(value):
            raise PydanticCustomError("int_parsing", "Input should be a plain decimal integer")
        return int(value)
    return value


def _plain_decimal(value: Any) -> Any:  # noqa: ANN401 - likewise
    if isinstance(value, str):
        if not _DECIMAL.fullmatch(value):
            raise PydanticCustomError("decimal_parsing", "Input should be a plain decimal number")
        return Decimal(value)
    return value


def _plain_bool(value: Any) -> Any:  # noqa: ANN401 - likewise
    if isinstance(value, str):
        if value not in ("true", "false"):
            raise PydanticCustomError("bool_parsing", "Input should be true or false")
        return value == "true"
    return value


# Paths and queries are text: one spelling for each value.
PLAIN_INTEGER = BeforeValidator(_plain_integer)
PlainBool = Annotated[bool, BeforeValidator(_plain_bool)]
PlainMoney = Annotated[
    Decimal,
    BeforeValidator(_plain_decimal),
    WithJsonSchema({"type": "number", "minimum": 0, "maximum": float(MAX_MONEY)}),
]
StoredId = Annotated[int, Field(ge=1, le=MAX_ID)]
Id = Annotated[StoredId, PLAIN_INTEGER]
PlainInteger = Annotated[int, Field(ge=-MAX_INTEGER - 1, le=MAX_INTEGER), PLAIN_INTEGER]
