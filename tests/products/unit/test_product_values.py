"""Numbers, enums and flags of bodies and queries are validated."""

from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from app.schemas.products.product_schemas import (
    AvailabilityUpdate,
    PriceUpdate,
    ProductCreate,
    ProductFilters,
)
from app.utils.json_text import from_json
from tests.products.factories import product_body


def _created(**overrides: Any) -> ProductCreate:
    return ProductCreate.model_validate(product_body(**{"price": Decimal(1)} | overrides))


def _price(spelling: str) -> Decimal:
    """Parse a price in a request body."""
    body = from_json(b'{"price": %s}' % spelling.encode())
    return PriceUpdate.model_validate(body).price


@pytest.mark.parametrize(
    ("spelling", "price"),
    [
        ("0.01", "0.01"),
        ("12", "12.00"),
        ("12.5", "12.50"),
        ("12.50", "12.50"),
        ("12.500", "12.50"),
        ("1e1", "10.00"),
        ("1.5E+2", "150.00"),
        ("100e-4", "0.01"),
        ("9999999999.99", "9999999999.99"),
        ("0.1", "0.10"),
    ],
)
def test_money_is_parsed_exactly(spelling: str, price: str) -> None:
    assert str(_price(spelling)) == price


@pytest.mark.parametrize(
    "spelling",
    [
        *("0", "0.0", "-0", "-0.0", "-1", "0.001", "0.009", "1.005", "12.501", "10000000000"),
        *("1e10", "9999999999.991", "9999999999.999", "1e999", "1e200000", "-1e200000"),
        *("1e-200000", "1e-3", "1" * 4000, "0." + "0" * 5000 + "1", "true", "false", "null"),
        *('"12"', '"12.5"', '""', '"NaN"', '"1_000"', '"\uff11"', "[]", "[12]", "{}"),
    ],
)
def test_an_invalid_price_is_refused(spelling: str) -> None:
    with pytest.raises(ValidationError):
        _price(spelling)


@pytest.mark.parametrize("value", ["hw", "HW ", "", "XX", None, 1, ["HW"]])
def test_an_unknown_product_type_is_refused(value: object) -> None:
    with pytest.raises(ValidationError):
        _created(product_type=value)


@pytest.mark.parametrize("value", [0, 1, "true", "false", "", None, [], Decimal(1)])
def test_availability_must_be_a_boolean(value: object) -> None:
    with pytest.raises(ValidationError):
        AvailabilityUpdate.model_validate({"is_available": value})


@pytest.mark.parametrize("name", ["id", "version", "created_at", "updated_at", "Name", "__class__"])
def test_a_read_only_field_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        _created(**{name: 1})


@pytest.mark.parametrize(
    "query",
    [
        {"page": "0"},
        {"page": "-1"},
        {"page": "1.0"},
        {"page": "10002"},
        {"page_size": "0"},
        {"page_size": "101"},
        {"order": "ASC"},
        {"order": ""},
        {"sort_by": "sku"},
        {"sort_by": "id; DROP TABLE products"},
        {"is_available": "1"},
        {"is_available": "True"},
        {"exact_total": "yes"},
        {"min_price": "-1"},
        {"min_price": "1e3"},
        {"min_price": "NaN"},
        {"max_price": "1.005"},
        {"max_price": "10000000000"},
        {"product_type": "hw"},
        {"q": ""},
        {"q": " "},
        {"q": "a\x00"},
        {"q": "x" * 256},
        {"cursor": "x" * 4097},
        {"category": "x" * 101},
    ],
)
def test_an_invalid_query_is_refused(query: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        ProductFilters.model_validate(query)


def test_a_query_is_parsed_from_text() -> None:
    filters = ProductFilters.model_validate(
        {"page": "2", "is_available": "false", "min_price": "0.50", "q": " Dell ", "order": "desc"}
    )

    assert (filters.page, filters.is_available) == (2, False)
    assert (filters.min_price, filters.q) == (Decimal("0.50"), "Dell")
