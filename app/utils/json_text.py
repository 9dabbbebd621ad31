"""Encode and decode JSON; decimals stay exact in both directions."""

import json
from decimal import Decimal
from typing import Any

import msgspec

_NOT_JSON = "Not valid JSON in UTF-8, or a number beyond any range"
_TOO_DEEP = "Nested too deeply"


class _NotStrictJsonError(ValueError):
    """Valid for Python's decoder only; the message is for the client."""


to_json = msgspec.json.Encoder(decimal_format="number").encode
to_json_with_strings = msgspec.json.Encoder(decimal_format="string").encode
"""The same, with decimals as strings that have the same digits."""


def from_json(raw: bytes) -> Any:  # noqa: ANN401 - any JSON value
    """Decode strict JSON (RFC 8259) in UTF-8: no NaN, no duplicate names, exact numbers.

    Raises json.JSONDecodeError for anything else.
    """
    try:
        return json.loads(
            raw.decode("utf-8"),
            parse_float=Decimal,
            parse_constant=_refuse_constant,
            object_pairs_hook=_unique_names,
        )
    except json.JSONDecodeError:
        raise
    except RecursionError as error:
        raise json.JSONDecodeError(_TOO_DEEP, "", 0) from error
    except (ArithmeticError, ValueError) as error:
        # Other messages are about Python, such as its limit of 4300 digits for an integer.
        reason = str(error) if isinstance(error, _NotStrictJsonError) else _NOT_JSON
        raise json.JSONDecodeError(reason, "", 0) from error


def object_from_json(raw: bytes) -> dict[str, Any]:
    """Decode one JSON object; raises ValueError for anything else."""
    document = from_json(raw)
    if not isinstance(document, dict):
        raise ValueError("Not a JSON object")  # noqa: TRY004 - the input is wrong, not the code
    return document


def _refuse_constant(name: str) -> None:
    raise _NotStrictJsonError(f"{name} is not valid JSON")


def _unique_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = dict(pairs)
    if len(names) != len(pairs):
        raise _NotStrictJsonError("Duplicate name in an object")
    return names
