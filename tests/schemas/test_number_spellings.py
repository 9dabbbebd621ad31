"""A number in any spelling is accepted or refused by every field type, and raises nothing else."""

from decimal import Decimal
from enum import StrEnum
from json import JSONDecodeError
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field, TypeAdapter, ValidationError, create_model

from app.schemas.shared import common, decimals, fields, formats
from app.utils.json_text import from_json
from tests.support.number_spellings import HOSTILE, NUMBERS
from tests.widgets.schemas.widget_schemas import WidgetCreate, WidgetFilters, WidgetUpdate


class Colour(StrEnum):
    RED = "red"


# As the generator writes the fields of a domain.
TYPES: dict[str, Any] = {
    "str": Annotated[str, fields.text_up_to(100), fields.NORMALIZED],
    "int": Annotated[
        int, Field(ge=-fields.MAX_INTEGER - 1, le=fields.MAX_INTEGER), fields.INTEGRAL
    ],
    "int above 0": Annotated[int, Field(ge=1, le=100), fields.INTEGRAL],
    "money": fields.Money,
    "bool": bool,
    "enum": Colour,
    "date": fields.Date,
    "datetime": fields.DateTime,
    "int of 64 bits": Annotated[
        int, Field(ge=-fields.MAX_BIG_INTEGER - 1, le=fields.MAX_BIG_INTEGER), fields.INTEGRAL
    ],
    "money or 0": decimals.NonNegativeMoney,
    "money of any sign": decimals.SignedMoney,
    "decimal": Annotated[Decimal, decimals.ExactDecimal(28, 6)],
    "decimal above 0": Annotated[Decimal, decimals.ExactDecimal(4, 4, gt=0)],
    "uuid": fields.StrictUuid,
    "email": formats.EmailText,
    "url": formats.UrlText,
    "time of day": formats.LocalTime,
    "stored id": fields.StoredId,
    "money parameter": fields.MoneyParameter,
    "integer parameter": fields.IntegerParameter,
    "int64 parameter": fields.BigIntegerParameter,
    "decimal parameter": decimals.DecimalParameter,
    "bool parameter": fields.BoolParameter,
    "id": fields.Id,
}
NUMERIC = {name for name in TYPES if name.startswith(("int", "money", "decimal", "stored", "id"))}
BODIES = {
    name: create_model(name, __base__=common.StrictBody, x=(TYPES[name], ...)) for name in TYPES
}
every_type = pytest.mark.parametrize("name", TYPES)


def _read(model: type[BaseModel], field: str, spelling: str) -> Any:
    """Return the value, or None if it is refused."""
    try:
        body = from_json(b'{"%s": %s}' % (field.encode(), spelling.encode()))
        return getattr(model.model_validate(body), field)
    except (JSONDecodeError, ValidationError):
        return None


def test_every_exported_field_type_is_tested() -> None:
    exported = {**vars(fields), **vars(decimals), **vars(formats)}
    types = {name: each for name, each in exported.items() if hasattr(each, "__metadata__")}

    tested = {id(each) for each in TYPES.values()}
    assert {name for name, each in types.items() if id(each) not in tested} == set()


@every_type
@given(spelling=NUMBERS)
def test_a_number_in_a_body_is_its_exact_value_or_refused(name: str, spelling: str) -> None:
    value = _read(BODIES[name], "x", spelling)

    # A parameter is text: its own tests are below.
    if value is not None and not name.endswith("parameter"):
        assert name in NUMERIC
        assert isinstance(value, int | Decimal)
        assert -(10**22) < value < 10**22
        assert value == Decimal(spelling)


@every_type
@pytest.mark.parametrize("spelling", HOSTILE, ids=lambda spelling: spelling[:24])
def test_a_hostile_number_is_refused_or_an_integer_or_money(name: str, spelling: str) -> None:
    value = _read(BODIES[name], "x", spelling)

    assert value is None or (name in NUMERIC and Decimal(spelling) == value)


@every_type
@given(text=NUMBERS | st.sampled_from(["NaN", "-NaN", "sNaN", "Infinity", "-Infinity", "inf"]))
def test_text_for_a_number_is_never_out_of_range_or_not_a_number(name: str, text: str) -> None:
    try:
        value = TypeAdapter(TYPES[name]).validate_python(text)
    except ValidationError:
        return
    assert isinstance(value, str | int) or (isinstance(value, Decimal) and value.is_finite())


@every_type
@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("sNaN"), Decimal("-Infinity")])
def test_a_decimal_that_is_not_a_number_is_refused(name: str, value: Decimal) -> None:
    with pytest.raises(ValidationError):
        BODIES[name].model_validate({"x": value})


@pytest.mark.parametrize("schema", [WidgetCreate, WidgetUpdate])
@pytest.mark.parametrize("field", [*WidgetCreate.model_fields])
@given(spelling=NUMBERS)
def test_a_number_for_any_field_of_a_domain_is_accepted_or_refused(
    schema: type[BaseModel], field: str, spelling: str
) -> None:
    _read(schema, field, spelling)


@pytest.mark.parametrize("name", [*WidgetFilters.model_fields])
@given(text=NUMBERS)
def test_a_number_for_any_query_parameter_is_accepted_or_refused(name: str, text: str) -> None:
    try:
        WidgetFilters.model_validate({name: text})
    except ValidationError:
        return
