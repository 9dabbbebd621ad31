"""Decimals of a column `numeric(p, s)` are read, published and stored exactly."""

from decimal import Decimal
from typing import Annotated, Any

import asyncpg
import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from app.schemas.shared.decimals import FLOAT_DIGITS, MAX_PRECISION, ExactDecimal
from app.schemas.shared.fields import Money
from app.schemas.shared.type_texts import MAX_SCALE
from app.utils import decimal_strings
from app.utils.json_text import from_json, to_json, to_json_with_strings

SIGNED = ExactDecimal(8, 3)
TYPES = {
    "any sign": SIGNED,
    "not negative": ExactDecimal(8, 3, ge=0),
    "above 0": ExactDecimal(8, 3, gt=0),
    "all digits": ExactDecimal(MAX_PRECISION, MAX_SCALE),
    "no decimals": ExactDecimal(MAX_PRECISION, 0, ge=0),
    "only decimals": ExactDecimal(6, 6),
}
every_type = pytest.mark.parametrize("exact", TYPES.values(), ids=TYPES)


def adapter_of(exact: ExactDecimal) -> TypeAdapter[Any]:
    return TypeAdapter(Annotated[Decimal, exact])


def is_valid(exact: ExactDecimal, number: object) -> bool:
    try:
        return bool(adapter_of(exact).validate_python(number) == number)
    except ValidationError:
        return False


ACCEPTED = {
    "any sign": ["-99999.999", "0", "1e3", "1.2340", "99999.999"],
    "not negative": ["0"],
    "above 0": ["0.001"],
    "all digits": ["9" * 22 + ".999999"],
    "no decimals": ["9" * 28, "1.0"],
    "only decimals": ["-0.999999"],
}
REFUSED = {
    "any sign": ["-100000", "100000", "1.0005", "1e-4", "1e999"],
    "not negative": ["-0.001"],
    "above 0": ["0", "-0.0", "-1"],
    "all digits": ["1e22"],
    "no decimals": ["0.5", "1" + "0" * 28],
    "only decimals": ["1"],
}


@pytest.mark.parametrize("name", TYPES)
def test_digits_decimals_and_sign_are_limited(name: str) -> None:
    def accepted(spellings: list[str]) -> list[str]:
        numbers = {each: from_json(each.encode()) for each in spellings}
        return [each for each, number in numbers.items() if is_valid(TYPES[name], number)]

    assert accepted(ACCEPTED[name]) == ACCEPTED[name]
    assert accepted(REFUSED[name]) == []


async def test_every_accepted_number_is_returned_as_it_was_stored(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        for exact in TYPES.values():
            for number in (exact.low, exact.high, max(exact.low, Decimal(0))):
                accepted = adapter_of(exact).validate_python(number)
                cast = f"SELECT $1::numeric({exact.precision}, {exact.scale})"
                assert str(await connection.fetchval(cast, accepted)) == str(accepted)
    finally:
        await connection.close()


def test_zero_has_no_sign() -> None:
    assert str(adapter_of(SIGNED).validate_python(from_json(b"-0.0"))) == "0.000"


@every_type
@given(data=st.data())
def test_a_number_never_gets_an_exponent(exact: ExactDecimal, data: st.DataObject) -> None:
    number = data.draw(st.decimals(exact.low, exact.high, places=exact.scale))

    accepted = adapter_of(exact).validate_python(number)

    assert accepted == number
    assert b"E" not in to_json(accepted) + to_json_with_strings(accepted)
    assert from_json(to_json(accepted)) == accepted


@every_type
def test_the_published_schema_has_the_same_bounds(exact: ExactDecimal) -> None:
    schema = adapter_of(exact).json_schema()
    validator = jsonschema_rs.validator_for(schema)
    beyond = 2 * 10 ** (exact.precision - exact.scale)

    assert not validator.is_valid(beyond)
    assert not validator.is_valid(-beyond)
    # A binary float with more digits is not the bound.
    if exact.precision <= FLOAT_DIGITS:
        assert validator.is_valid(float(exact.low))
        assert validator.is_valid(float(exact.high))
    assert "multipleOf" not in schema


@pytest.mark.parametrize("text", ["1e2", " 1", "", "NaN", "1,5", "+1", "9" * 29, "\u0661"])
def test_a_string_is_a_plain_number_and_only_with_the_parameter(text: str) -> None:
    assert not is_valid(SIGNED, "-1.5")
    token = decimal_strings.are_read.set(True)
    try:
        assert adapter_of(SIGNED).validate_python("-1.5") == Decimal("-1.500")
        with pytest.raises(ValidationError):
            adapter_of(SIGNED).validate_python(text)
    finally:
        decimal_strings.are_read.reset(token)


@pytest.mark.parametrize(
    ("spelling", "error"),
    [("0.001", "money_decimals"), ("0", "money_range"), ("1e10", "money_range")],
)
def test_the_error_of_an_amount_has_a_stable_name(spelling: str, error: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        TypeAdapter(Money).validate_python(from_json(spelling.encode()))

    assert [each["type"] for each in refusal.value.errors()] == [error]
