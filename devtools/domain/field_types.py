"""The kinds of fields: how each layer spells their types, and their limits."""

from decimal import Decimal
from typing import Literal

Kind = Literal[
    "str",
    "email",
    "url",
    "int",
    "bigint",
    "decimal",
    "money",
    "bool",
    "enum",
    "date",
    "datetime",
    "time",
    "uuid",
    "ref",
]
Sign = Literal[">0", ">=0", "any"]

TEXT_LENGTH = 1_000
# As in `app/schemas/shared/formats.py`.
EMAIL_LENGTH = 254
URL_LENGTH = 2_000
LABEL_LENGTH = 100
NAME_LENGTH = 255
MAX_INTEGER = 2**31 - 1
MAX_BIG_INTEGER = 2**63 - 1
# As in `app/schemas/shared/decimals.py`; more decimals would be written with an exponent.
MAX_PRECISION = 28
MAX_SCALE = 6

PYTHON = {
    "email": "str",
    "url": "str",
    "bigint": "int",
    "decimal": "Decimal",
    "money": "Decimal",
    "uuid": "UUID",
    "ref": "int",
}
MONEY = {">0": "Money", ">=0": "NonNegativeMoney", "any": "SignedMoney"}
SCHEMA = {
    "email": "EmailText",
    "url": "UrlText",
    "bool": "bool",
    "date": "Date",
    "datetime": "DateTime",
    "time": "LocalTime",
    "uuid": "StrictUuid",
    "ref": "RecordReference",
}
QUERY = {
    **SCHEMA,
    "bool": "BoolParameter",
    "int": "IntegerParameter",
    "bigint": "BigIntegerParameter",
    "decimal": "DecimalParameter",
    "ref": "Id",
}
COLUMN = {
    "str": "text",
    "email": "text",
    "url": "text",
    "int": "integer",
    "bigint": "bigint",
    "bool": "boolean",
    "enum": "text",
    "date": "date",
    "datetime": "timestamptz",
    "time": "time",
    "uuid": "uuid",
    "ref": "bigint",
}
BOUNDS = {">0": ", gt=0", ">=0": ", ge=0", "any": ""}
ACRONYMS = {"sku", "ean", "isbn", "iban", "url", "vat"}


def source_of(number: Decimal) -> str:
    """Return the Python expression of a number; the database has no negative zero."""
    text = f"{abs(number) if number.is_zero() else number:f}"
    return f'Decimal("{text}")' if "." in text else f"Decimal({text})"
