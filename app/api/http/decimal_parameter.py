"""`decimals=string`: decimal numbers as JSON strings, for clients that only have binary floats.

A parameter of the media type: `Accept` asks for such a response, and `Content-Type` says that the
body of the request is such a one.
"""

from starlette.types import Scope

from app.api.http.accept_header import prefers_parameter
from app.utils import decimal_strings

_PARAMETER = "decimals=string"
_TYPES = ("application/json", "application/x-ndjson", "application/jsonl")


def wants_decimal_strings(scope: Scope) -> bool:
    """Return whether `Accept` prefers JSON with decimals as strings."""
    return _has_parameter(scope, b"accept")


def apply_decimal_parameter(scope: Scope) -> None:
    """Set how the present request reads and writes decimals."""
    decimal_strings.are_written.set(wants_decimal_strings(scope))
    decimal_strings.are_read.set(_has_parameter(scope, b"content-type"))


def _has_parameter(scope: Scope, header: bytes) -> bool:
    # Part of every cached read, so nothing is parsed unless the word is there.
    for name, value in scope["headers"]:
        if name == header and b"decimals" in value.lower():
            values = b",".join(value for name, value in scope["headers"] if name == header)
            return prefers_parameter(values.decode("latin-1"), _TYPES, _PARAMETER)
    return False
