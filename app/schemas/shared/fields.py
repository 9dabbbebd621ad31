"""Field types shared by the schemas of all domains."""

import re
import unicodedata
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from app.schemas.shared.decimals import ExactDecimal
from app.schemas.shared.type_texts import KEY_TEXT, MONEY_PARAMETER_TEXT, MONEY_TEXT, UNIQUE_TEXT

MAX_BIG_INTEGER = 2**63 - 1
MAX_ID = MAX_BIG_INTEGER
MAX_INTEGER = 2**31 - 1
MAX_MONEY = Decimal("9999999999.99")

_FORBIDDEN_CATEGORIES = {"Cc", "Cs"}
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,18}", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_DATE_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?([Zz]|[+-][0-9]{2}:[0-9]{2})",
    re.ASCII,
)
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
_DECIMAL = re.compile(r"[0-9]{1,10}(\.[0-9]{1,2})?", re.ASCII)

# The time to normalise a run of combining marks grows with the square of its length.
_MAX_RAW_CHARACTERS = 4_000

# Format characters, fillers and selectors that no font shows (most of them: Unicode TR 44,
# Default_Ignorable_Code_Point); U+2800 is a braille pattern without dots.
_INVISIBLE = (
    r"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    r"\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    r"\U0001bca0-\U0001bca3\U0001d159\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_VISIBLE_CHARACTER = re.compile(rf"[^\s{_INVISIBLE}]")
_INVISIBLE_CHARACTER = re.compile(f"[{_INVISIBLE}]")


def _normalize_text(value: Any) -> Any:  # noqa: ANN401 - the type check refuses other types
    return _normalized(value) if isinstance(value, str) else value


def _normalize_key(value: Any) -> Any:  # noqa: ANN401 - as above
    if not isinstance(value, str):
        return value
    key = _normalized(value)
    # isprintable() is false for the categories C and Z, except for the space.
    if not key.isprintable() or _INVISIBLE_CHARACTER.search(key):
        raise PydanticCustomError("invisible", "Only visible characters and spaces are allowed")
    return key


def _normalized(value: str) -> str:
    if len(value) > _MAX_RAW_CHARACTERS:
        raise PydanticCustomError("string_too_long", "Text is too long")
    text = unicodedata.normalize("NFC", value.strip())
    if not text.isprintable() and any(
        unicodedata.category(c) in _FORBIDDEN_CATEGORIES for c in text
    ):
        raise PydanticCustomError("unreadable", "Control characters are not allowed")
    if not _VISIBLE_CHARACTER.search(text):
        raise PydanticCustomError("blank", "Text without a visible character is not allowed")
    return text


# Published; what a visible character is would be longer than the rest of the schema.
_TEXT_PATTERN = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"


def text_up_to(length: int, meaning: str | None = None) -> Any:  # noqa: ANN401 - a field of pydantic
    """Limit the length of normalised text; precedes `NORMALIZED` in an annotation.

    `meaning` describes the field in the API documents, which add the limits.
    """
    return Field(
        min_length=1,
        max_length=length,
        description=meaning,
        json_schema_extra={"pattern": _TEXT_PATTERN},
    )


def key_up_to(length: int, meaning: str = KEY_TEXT) -> Any:  # noqa: ANN401 - a field of pydantic
    """Limit the length of a normalised key; precedes `NORMALIZED_KEY` in an annotation."""
    extra: JsonDict = {"pattern": _TEXT_PATTERN, "description": meaning}
    return Field(min_length=1, max_length=length, json_schema_extra=extra)


# Strips, normalises (NFC), refuses control characters and blank text, before the length is checked.
NORMALIZED = BeforeValidator(_normalize_text)
# Refuses invisible characters, too: two keys that look alike would be different records.
NORMALIZED_KEY = BeforeValidator(_normalize_key)


def _integral_to_int(value: Any) -> Any:  # noqa: ANN401 - the type check refuses other values
    # Comparisons are exact; abs() rounds, and raises for exponents beyond its range.
    if isinstance(value, Decimal) and value.is_finite() and -MAX_ID - 1 <= value <= MAX_ID:
        return int(value) if value == int(value) else value
    return value


# An integer in a body; 7.0 is an integer, too, as in JSON Schema.
INTEGRAL = BeforeValidator(_integral_to_int)

Money = Annotated[Decimal, ExactDecimal(12, 2, gt=0, text=MONEY_TEXT, error="money")]

# asyncpg writes these as infinity, and reads them without a time zone.
_STORED_AS_INFINITY = {datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)}


def _parse_date(value: Any) -> Any:  # noqa: ANN401 - the type check refuses other types
    if not isinstance(value, str):
        return value
    if not _DATE.fullmatch(value):
        raise PydanticCustomError("date_parsing", "Input should be a date such as 2026-01-15")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise PydanticCustomError("date_parsing", "This date does not exist") from None


def _parse_datetime(value: Any) -> Any:  # noqa: ANN401 - as above
    if not isinstance(value, str):
        return value
    if not _DATE_TIME.fullmatch(value):
        raise PydanticCustomError(
            "datetime_parsing", "Input should be like 2026-01-15T09:30:00Z (RFC 3339)"
        )
    try:
        time = datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise PydanticCustomError("datetime_parsing", "This time does not exist") from None
    if time in _STORED_AS_INFINITY:
        raise PydanticCustomError("datetime_parsing", "This time cannot be stored")
    return time


# RFC 3339 only, in bodies and in queries; times are converted to UTC.
Date = Annotated[date, BeforeValidator(_parse_date)]
DateTime = Annotated[datetime, BeforeValidator(_parse_datetime)]


def _parse_uuid(value: Any) -> Any:  # noqa: ANN401 - the type check refuses other types
    if not isinstance(value, str):
        return value
    if not _UUID.fullmatch(value):
        raise PydanticCustomError(
            "uuid_parsing", "Input should be a UUID such as 6f1b0c2e-7d3a-4e5b-9c8d-000000000001"
        )
    return UUID(value)


# Of the spellings that Python knows, only that of RFC 9562.
StrictUuid = Annotated[UUID, BeforeValidator(_parse_uuid)]


# Default of an optional field in a partial update: omitted from `explicit_values()`.
UNSET: Any = Field(default_factory=lambda: None)

# A filter on a unique field.
UNIQUE_VALUE: Any = Field(description=UNIQUE_TEXT)


def _parse_integer(value: Any) -> Any:  # noqa: ANN401 - a default is an int already
    if isinstance(value, str):
        if not _INTEGER.fullmatch(value):
            raise PydanticCustomError("int_parsing", "Input should be a plain decimal integer")
        return int(value)
    return value


def _parse_decimal(value: Any) -> Any:  # noqa: ANN401 - as above
    if isinstance(value, str):
        if not _DECIMAL.fullmatch(value):
            raise PydanticCustomError("decimal_parsing", "Input should be a plain decimal number")
        return Decimal(value)
    return value


def _parse_bool(value: Any) -> Any:  # noqa: ANN401 - as above
    if isinstance(value, str):
        if value not in ("true", "false"):
            raise PydanticCustomError("bool_parsing", "Input should be true or false")
        return value == "true"
    return value


# Paths and queries are text: each value has exactly one accepted spelling.
PARSED_INTEGER = BeforeValidator(_parse_integer)
BoolParameter = Annotated[bool, BeforeValidator(_parse_bool)]
MoneyParameter = Annotated[
    Decimal,
    BeforeValidator(_parse_decimal),
    WithJsonSchema(
        {
            "type": "number",
            "minimum": 0,
            "maximum": float(MAX_MONEY),
            "description": MONEY_PARAMETER_TEXT,
        }
    ),
]
StoredId = Annotated[int, Field(ge=1, le=MAX_ID)]
Id = Annotated[StoredId, PARSED_INTEGER]
IntegerParameter = Annotated[int, Field(ge=-MAX_INTEGER - 1, le=MAX_INTEGER), PARSED_INTEGER]
BigIntegerParameter = Annotated[
    int, Field(ge=-MAX_BIG_INTEGER - 1, le=MAX_BIG_INTEGER), PARSED_INTEGER
]
