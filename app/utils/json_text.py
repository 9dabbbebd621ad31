"""JSON as this service writes it and reads it: money stays exact in both directions."""

import json
from decimal import Decimal
from typing import Any

import msgspec

to_json = msgspec.json.Encoder(decimal_format="number").encode


def from_json(raw: bytes) -> Any:  # noqa: ANN401 - whatever the document holds
    """Read strict JSON (RFC 8259) in UTF-8: no NaN, no name twice, and numbers exactly.

    Raises json.JSONDecodeError for everything else.
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
    except (ArithmeticError, RecursionError, ValueError) as error:
        reason = str(error) if type(error) is ValueError else "Not readable as JSON in UTF-8"
        raise json.JSONDecodeError(reason, "", 0) from error


def object_from_json(raw: bytes) -> dict[str, Any]:
    """Read one JSON object; raises ValueError for everything else."""
    document = from_json(raw)
    if not isinstance(document, dict):
        raise ValueError("Not a JSON object")  # noqa: TRY004 - the input is wrong, not the code
    return document


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _unique_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = dict(pairs)
    if len(names) != len(pairs):
        raise ValueError("A name occurs twice")
    return names
