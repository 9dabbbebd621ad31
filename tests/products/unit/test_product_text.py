"""Text fields of a body are normalised and limited."""

from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from app.schemas.products.product_schemas import (
    ProductCreate,
)
from tests.products.factories import make_new_product, product_body

LIMITS = {
    "sku": 64,
    "name": 255,
    "description": 1000,
    "category": 100,
    "unit": 50,
    "business_unit": 100,
    "location": 100,
}


def _created(**overrides: Any) -> ProductCreate:
    return ProductCreate.model_validate(product_body(**{"price": Decimal(1)} | overrides))


def test_a_body_is_converted_to_a_new_product() -> None:
    assert _created(price=Decimal("999.5")).to_model() == make_new_product()


@pytest.mark.parametrize("field", LIMITS)
def test_text_is_accepted_up_to_its_limit(field: str) -> None:
    limit = LIMITS[field]

    assert getattr(_created(**{field: "é" * limit}), field) == "é" * limit
    with pytest.raises(ValidationError):
        _created(**{field: "é" * (limit + 1)})


@pytest.mark.parametrize("field", LIMITS)
@pytest.mark.parametrize(
    "value",
    [
        "",
        "   ",
        "\u3000",
        "\x00",
        "a\x00b",
        "a\nb",
        "a\x7fb",
        "a\x9fb",
        "\ud800",
        "a\udfffb",
        1,
        1.5,
        True,
        [],
        {},
        ["a"],
        b"a",
    ],
)
def test_unreadable_text_is_refused(field: str, value: object) -> None:
    with pytest.raises(ValidationError):
        _created(**{field: value})


@pytest.mark.parametrize("field", ["name", "category", "unit", "business_unit", "location"])
def test_required_text_may_not_be_null_or_omitted(field: str) -> None:
    for value in (None, ...):
        with pytest.raises(ValidationError):
            _created(**{field: value})


@pytest.mark.parametrize("field", ["sku", "description"])
def test_optional_text_may_be_null_or_omitted(field: str) -> None:
    assert getattr(_created(**{field: None}), field) is None
    assert getattr(_created(**{field: ...}), field) is None


@pytest.mark.parametrize(
    "sku", ["NB\u200b-1", "NB\u202e1", "NB\u00ad1", "NB\u0378", "NB\ue000", "\u2800"]
)
def test_a_sku_has_no_character_that_may_not_show(sku: str) -> None:
    with pytest.raises(ValidationError):
        _created(sku=sku)
