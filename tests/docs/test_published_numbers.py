"""Published schemas accept every amount that the service accepts."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from tests.support.openapi_document import DOCUMENT

ASYNCAPI = json.loads((Path(__file__).resolve().parents[2] / "docs/asyncapi.json").read_text())
PRICES = [
    *("0.01", "0.07", "0.1", "0.29", "0.57", "1.1", "4.35", "8.2", "19.99", "1299.00", "12.5"),
    *("100000.07", "4503599627.37", "9999999999.98", "9999999999.99"),
    *(str(Decimal(cents) / 100) for cents in range(1, 3000, 7)),
]


def _amounts(node: Any) -> list[dict[str, Any]]:
    """Find the schemas of amounts in a document."""
    if isinstance(node, list):
        return [found for each in node for found in _amounts(each)]
    if not isinstance(node, dict):
        return []
    is_amount = node.get("maximum") == 9999999999.99 and "exclusiveMinimum" in node
    return [node] if is_amount else [found for each in node.values() for found in _amounts(each)]


@pytest.mark.parametrize("document", [DOCUMENT, ASYNCAPI], ids=["OpenAPI", "AsyncAPI"])
def test_no_schema_divides_a_number(document: dict[str, Any]) -> None:
    assert "multipleOf" not in json.dumps(document)


def test_the_schema_of_an_amount_accepts_every_amount_of_cents() -> None:
    amounts = _amounts(DOCUMENT)
    assert amounts

    for schema in amounts:
        validator = jsonschema_rs.validator_for(schema)
        assert [price for price in PRICES if not validator.is_valid(json.loads(price))] == []
        assert not validator.is_valid(0)
        assert not validator.is_valid(10**10)
        assert "2 decimals" in schema["description"]
