"""`decimals=string`: decimal numbers as JSON strings, for clients that only have binary floats.

A parameter of the media type: `Accept` asks for such a response, and `Content-Type` says that the
body of the request is such a one.
"""

from starlette.types import Scope

from app.api.http.accept_header import prefers_parameter
from app.utils import decimal_strings

_PARAMETER = "decimals=string"
_JSON = "application/json"
_LINES = ("application/x-ndjson", "application/jsonl")


def wants_decimal_strings(scope: Scope, *types: str) -> bool:
    """Return whether `Accept` prefers decimals as strings in the types; without any, in JSON."""
    # Part of every cached read, so nothing is parsed unless the word is there.
    for name, value in scope["headers"]:
        if name == b"accept" and b"decimals" in value.lower():
            values = b",".join(value for name, value in scope["headers"] if name == b"accept")
            return prefers_parameter(values.decode("latin-1"), types or (_JSON,), _PARAMETER)
    return False


def apply_decimal_parameter(scope: Scope) -> None:
    """Set how the present request reads and writes decimals."""
    decimal_strings.are_written.set(wants_decimal_strings(scope))
    decimal_strings.are_written_in_lines.set(wants_decimal_strings(scope, *_LINES))
    decimal_strings.are_read.set(any(map(_has_parameter, _content_types(scope))))


def _content_types(scope: Scope) -> list[str]:
    found = (value for name, value in scope["headers"] if name == b"content-type")
    return [value.decode("latin-1").lower().replace('"', "") for value in found]


def _has_parameter(content_type: str) -> bool:
    """Return whether the parameter is there, and no other value of it."""
    parameters = {each.strip() for each in content_type.split(";")[1:]}
    return {each for each in parameters if each.startswith("decimals=")} == {_PARAMETER}
