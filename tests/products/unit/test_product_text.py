"""What text a body may hold; CONTRACT section 3.4."""

import unicodedata
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from app.schemas.products.product_schemas import (
    ProductCreate,
)
from tests.products.making import make_new_product, product_body

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


def test_a_body_becomes_a_new_product() -> None:
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
def test_text_that_nobody_could_read_is_refused(field: str, value: object) -> None:
    with pytest.raises(ValidationError):
        _created(**{field: value})


@pytest.mark.parametrize("field", ["name", "category", "unit", "business_unit", "location"])
def test_required_text_is_neither_null_nor_left_out(field: str) -> None:
    for value in (None, ...):
        with pytest.raises(ValidationError):
            _created(**{field: value})


@pytest.mark.parametrize("field", ["sku", "description"])
def test_optional_text_may_be_null_or_left_out(field: str) -> None:
    assert getattr(_created(**{field: None}), field) is None
    assert getattr(_created(**{field: ...}), field) is None


def test_text_is_stripped_and_composed_before_it_is_measured() -> None:
    assert _created(name="  Cafe\u0301 \t").name == "Café"
    assert len(_created(name="e\u0301" * 255).name) == 255


@pytest.mark.parametrize("text", ["a\u202eb", "a\u200db", "日本語", "🖥️", "%_\\'\"", "<b>"])
def test_unusual_text_is_kept(text: str) -> None:
    assert _created(name=text).name == text


@given(st.text(max_size=300))
def test_accepted_text_is_clean(text: str) -> None:
    try:
        name = _created(name=text).name
    except ValidationError:
        return
    assert name == unicodedata.normalize("NFC", name).strip()
    assert 1 <= len(name) <= 255
    name.encode()


def test_a_long_run_of_combining_marks_is_refused_at_once() -> None:
    # to normalise it would take many minutes
    with pytest.raises(ValidationError):
        _created(name="a" + "\u0315\u0300" * 250_000)
