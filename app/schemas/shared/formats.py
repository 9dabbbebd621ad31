"""Texts of a format: e-mail addresses, URLs and times of day."""

import re
from collections.abc import Callable
from datetime import time
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from app.schemas.shared.type_texts import EMAIL_TEXT, TIME_TEXT, URL_TEXT

MAX_EMAIL = 254
MAX_LOCAL_PART = 64
MAX_URL = 2_000
MAX_PORT = 65_535

# A character that they cannot hold separates repeated parts, so matching takes linear time.
_LABEL = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ATOM = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_EMAIL = rf"{_ATOM}(\.{_ATOM})*@{_LABEL}(\.{_LABEL})+"
_URL = (
    rf"https?://{_LABEL}(\.{_LABEL})*(:[0-9]{{1,5}})?([/?#][A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]*)?"
)
_TIME = r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?"


def _checked(name: str, pattern: str, length: int, example: str) -> Callable[[Any], Any]:
    """Return a function that strips a text and compares it with the pattern."""
    compiled = re.compile(pattern, re.ASCII)

    def check(value: Any) -> Any:  # noqa: ANN401 - the type check refuses other types
        if not isinstance(value, str):
            return value
        text = value.strip()
        if len(text) > length or not compiled.fullmatch(text):
            raise PydanticCustomError(f"{name}_parsing", f"Input should be {example}")
        return text

    return check


def _lower_email(value: Any) -> Any:  # noqa: ANN401 - as above
    if not isinstance(value, str):
        return value
    if value.index("@") > MAX_LOCAL_PART:
        raise PydanticCustomError("email_parsing", "At most 64 characters before the @")
    return value.lower()


def _require_port(value: Any) -> Any:  # noqa: ANN401 - as above
    if isinstance(value, str):
        port = re.match(r"https?://[^/?#:]*:([0-9]+)", value)
        if port and int(port[1]) > MAX_PORT:
            raise PydanticCustomError("url_parsing", "Input should be a URL with a valid port")
    return value


def _parse_time(value: Any) -> Any:  # noqa: ANN401 - as above
    return time.fromisoformat(value) if isinstance(value, str) else value


def _schema(pattern: str, length: int, text: str, example: str) -> WithJsonSchema:
    return WithJsonSchema(
        {
            "type": "string",
            "maxLength": length,
            "pattern": f"^{pattern}$",
            "description": text,
            "examples": [example],
        }
    )


# Validators run from the last to the first.
EmailText = Annotated[
    str,
    BeforeValidator(_lower_email),
    BeforeValidator(_checked("email", _EMAIL, MAX_EMAIL, "an address such as ada@example.com")),
    _schema(_EMAIL, MAX_EMAIL, EMAIL_TEXT, "ada@example.com"),
]
UrlText = Annotated[
    str,
    BeforeValidator(_require_port),
    BeforeValidator(_checked("url", _URL, MAX_URL, "a URL such as https://example.com/a?b=c")),
    _schema(_URL, MAX_URL, URL_TEXT, "https://example.com/a?b=c"),
]
# The partial-time of RFC 3339.
LocalTime = Annotated[
    time,
    BeforeValidator(_parse_time),
    BeforeValidator(_checked("time", _TIME, 15, "a time such as 09:30:00")),
    _schema(_TIME, 15, TIME_TEXT, "09:30:00"),
]
