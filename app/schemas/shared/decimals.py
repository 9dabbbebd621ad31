"""Exact decimal numbers of bodies and queries, for columns of the type `numeric`."""

import re
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Any

from pydantic import BeforeValidator, GetCoreSchemaHandler, GetJsonSchemaHandler, WithJsonSchema
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from app.schemas.shared.type_texts import DECIMAL_PARAMETER_TEXT, MONEY_TEXT, decimal_text
from app.utils import decimal_strings

# More digits would not survive arithmetic in Python's default context.
MAX_PRECISION = 28
# A binary float has each number of so many digits.
FLOAT_DIGITS = 15

_PLAIN = re.compile(rf"-?[0-9]{{1,{MAX_PRECISION}}}(\.[0-9]{{1,{MAX_PRECISION}}})?", re.ASCII)


def parse_plain(value: Any) -> Any:  # noqa: ANN401 - a default is a Decimal already
    """Convert text without an exponent; other types are returned as they are."""
    if isinstance(value, str):
        if not _PLAIN.fullmatch(value):
            raise PydanticCustomError("decimal_parsing", "Input should be a plain decimal number")
        return Decimal(value)
    return value


@dataclass(frozen=True)
class ExactDecimal:
    """Annotates a Decimal with at most `precision` digits, `scale` of them after the point.

    A JSON number is converted exactly; also a string, if the body has decimals as strings.
    """

    precision: int
    scale: int
    gt: int | None = field(default=None, kw_only=True)
    ge: int | None = field(default=None, kw_only=True)
    text: str = field(default="", kw_only=True)
    error: str = field(default="decimal", kw_only=True)

    @cached_property
    def high(self) -> Decimal:
        return Decimal(10 ** (self.precision - self.scale)) - self._unit

    @cached_property
    def low(self) -> Decimal:
        if self.gt is not None:
            return self.gt + self._unit
        return -self.high if self.ge is None else Decimal(self.ge)

    def _is_above(self, number: Decimal) -> bool:
        return number >= self.low if self.gt is None else number > self.gt

    @property
    def _unit(self) -> Decimal:
        return Decimal(1).scaleb(-self.scale)

    def parse(self, value: Any) -> Decimal:  # noqa: ANN401 - any JSON value
        if isinstance(value, str) and decimal_strings.are_read.get():
            value = parse_plain(value)
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise PydanticCustomError(f"{self.error}_type", "Input should be a JSON number")
        number = Decimal(value)
        if not (number.is_finite() and self._is_above(number) and number <= self.high):
            message = f"Input should be between {self.low} and {self.high}"
            raise PydanticCustomError(f"{self.error}_range", message)
        if number != (rounded := round(number, self.scale)):
            message = f"Input should have at most {self.scale} decimals"
            raise PydanticCustomError(f"{self.error}_decimals", message)
        # The database has no negative zero.
        return abs(rounded) if rounded.is_zero() else rounded

    def __get_pydantic_core_schema__(self, _: object, __: GetCoreSchemaHandler) -> CoreSchema:
        checked = core_schema.is_instance_schema(Decimal)
        return core_schema.no_info_before_validator_function(self.parse, checked)

    def __get_pydantic_json_schema__(
        self, _: CoreSchema, __: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        # Without `multipleOf`: validators that divide binary floats refuse 0.07 and 19.99.
        example = 12.5 if self.scale and self.precision - self.scale > 1 else float(self.high)
        text = self.text or decimal_text(self.scale)
        return {"type": "number", **self._limits(), "description": text, "examples": [example]}

    def _limits(self) -> JsonSchemaValue:
        bound = 10 ** (self.precision - self.scale)
        is_float = self.precision <= FLOAT_DIGITS
        above = {"maximum": float(self.high)} if is_float else {"exclusiveMaximum": bound}
        if self.gt is not None:
            return {"exclusiveMinimum": self.gt, **above}
        if self.ge is not None:
            return {"minimum": self.ge, **above}
        below = {"minimum": float(self.low)} if is_float else {"exclusiveMinimum": -bound}
        return {**below, **above}


NonNegativeMoney = Annotated[Decimal, ExactDecimal(12, 2, ge=0, text=MONEY_TEXT, error="money")]
SignedMoney = Annotated[Decimal, ExactDecimal(12, 2, text=MONEY_TEXT, error="money")]
# A filter, whose digits need not be those of the column.
DecimalParameter = Annotated[
    Decimal,
    BeforeValidator(parse_plain),
    WithJsonSchema({"type": "number", "description": DECIMAL_PARAMETER_TEXT}),
]
