"""Numbers, enums and flags of bodies and queries are validated."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from app.schemas.shared.fields import MAX_ID, Id
from app.utils.json_text import from_json
from tests.widgets.factories import widget_body
from tests.widgets.schemas.widget_schemas import (
    WidgetCreate,
    WidgetFilters,
    WidgetUpdate,
)


def _created(**overrides: Any) -> WidgetCreate:
    return WidgetCreate.model_validate(widget_body(**{"price": Decimal(1)} | overrides))


def _price(spelling: str) -> Decimal:
    """Parse a price in a request body."""
    body = from_json(b'{"price": %s}' % spelling.encode())
    return WidgetUpdate.model_validate(body).price


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


@pytest.mark.parametrize(
    "value", [1.5, float("nan"), Decimal("NaN"), Decimal("sNaN"), Decimal("Infinity")]
)
def test_a_price_is_never_parsed_from_a_float_or_a_non_number(value: object) -> None:
    with pytest.raises(ValidationError):
        WidgetUpdate.model_validate({"price": value})


@given(st.integers(1, 999_999_999_999))
def test_every_amount_of_cents_is_parsed_exactly(cents: int) -> None:
    units, rest = divmod(cents, 100)

    assert _price(f"{units}.{rest:02}") * 100 == cents


@given(st.decimals(allow_nan=True, allow_infinity=True))
def test_an_accepted_price_is_a_positive_amount_of_cents(number: Decimal) -> None:
    try:
        price = WidgetUpdate.model_validate({"price": number}).price
    except ValidationError:
        return
    assert 0 < price <= Decimal("9999999999.99")
    assert price == number
    assert price.as_tuple().exponent == -2


@pytest.mark.parametrize("value", ["hw", "HW ", "", "XX", None, 1, ["HW"]])
def test_a_value_that_an_enum_does_not_have_is_refused(value: object) -> None:
    with pytest.raises(ValidationError):
        _created(kind=value)


@pytest.mark.parametrize("value", [0, 1, "true", "false", "", None, [], Decimal(1)])
def test_a_flag_must_be_a_boolean(value: object) -> None:
    with pytest.raises(ValidationError):
        WidgetUpdate.model_validate({"is_active": value})


@pytest.mark.parametrize("name", ["id", "version", "created_at", "updated_at", "Name", "__class__"])
def test_a_read_only_field_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        _created(**{name: 1})


@pytest.mark.parametrize("spelling", ["1", "42", str(MAX_ID)])
def test_an_id_is_a_plain_decimal_integer(spelling: str) -> None:
    assert TypeAdapter(Id).validate_python(spelling) == int(spelling)


@pytest.mark.parametrize(
    "spelling",
    [
        "0",
        "-1",
        "+1",
        "1.0",
        "1_000",
        " 1",
        "1 ",
        "",
        "1e3",
        "0x1",
        "abc",
        "\uff11",
        "\u0663",
        "1\n",
        str(MAX_ID + 1),
        "9" * 5000,
        "-0",
        "007",
        "null",
        "true",
        "1;",
        "1'",
    ],
)
def test_any_other_form_of_an_id_is_refused(spelling: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Id).validate_python(spelling)


@settings(max_examples=200)
@given(st.text(max_size=25))
def test_an_accepted_id_is_in_range(text: str) -> None:
    try:
        identity = TypeAdapter(Id).validate_python(text)
    except ValidationError:
        return
    assert 1 <= identity <= MAX_ID
    assert text.isascii()
    assert text.isdecimal()


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
        {"sort_by": "code"},
        {"sort_by": "id; DROP TABLE widgets"},
        {"is_active": "1"},
        {"is_active": "True"},
        {"exact_total": "yes"},
        {"min_price": "-1"},
        {"min_price": "1e3"},
        {"min_price": "NaN"},
        {"max_price": "1.005"},
        {"max_price": "10000000000"},
        {"kind": "hw"},
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
        WidgetFilters.model_validate(query)


def test_a_query_is_parsed_from_text() -> None:
    filters = WidgetFilters.model_validate(
        {"page": "2", "is_active": "false", "min_price": "0.50", "q": " Dell ", "order": "desc"}
    )

    assert (filters.page, filters.is_active) == (2, False)
    assert (filters.min_price, filters.q) == (Decimal("0.50"), "Dell")
