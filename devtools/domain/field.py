"""One field of a domain, and how each layer spells its name and type."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from devtools.domain.names import camel

Kind = Literal["str", "int", "money", "bool", "enum", "date", "datetime", "ref"]

TEXT_LENGTH = 1_000
LABEL_LENGTH = 100
NAME_LENGTH = 255
MAX_INTEGER = 2**31 - 1

_PYTHON = {"money": "Decimal", "ref": "int"}
_SCHEMA = {
    "money": "Money",
    "bool": "bool",
    "date": "Date",
    "datetime": "DateTime",
    "ref": "RecordReference",
}
_QUERY = {
    **_SCHEMA,
    "bool": "BoolParameter",
    "int": "IntegerParameter",
    "money": "MoneyParameter",
    "ref": "Id",
}
_COLUMN = {
    "str": "text",
    "int": "integer",
    "money": "numeric(12, 2)",
    "bool": "boolean",
    "enum": "text",
    "date": "date",
    "datetime": "timestamptz",
    "ref": "bigint",
}
_ACRONYMS = {"sku", "ean", "isbn", "iban", "url", "vat"}


@dataclass(frozen=True, kw_only=True)
class Field:
    """A field of the domain `owner`; `low` and `high` are the bounds of an int, both inclusive.

    `target` is the plural of the domain that a reference refers to.
    """

    owner: str
    name: str
    kind: Kind
    length: int = 0
    low: int = -MAX_INTEGER - 1
    high: int = MAX_INTEGER
    values: tuple[str, ...] = ()
    target: str = ""
    optional: bool = False
    default: str | None = None
    unique: bool = False

    @property
    def type_name(self) -> str:
        """Name of an enum in the model: `OrderStatus` for a status of orders."""
        own = self.name if self.name.startswith(f"{self.owner}_") else f"{self.owner}_{self.name}"
        return camel(own)

    @property
    def alias(self) -> str:
        """Name of the annotated type of a str or int in the schemas: `Quantity`."""
        return camel(self.name)

    @property
    def has_alias(self) -> bool:
        return self.kind in ("str", "int")

    @property
    def python(self) -> str:
        """Type in the model."""
        return self.type_name if self.kind == "enum" else _PYTHON.get(self.kind, self.kind)

    @property
    def plain_python(self) -> str:
        """Type in modules that know no models."""
        return "str" if self.kind == "enum" else self.python

    @property
    def schema(self) -> str:
        """Type in the schemas of bodies."""
        if self.kind == "enum":
            return self.type_name
        return self.alias if self.has_alias else _SCHEMA[self.kind]

    @property
    def query(self) -> str:
        """Type as a query parameter."""
        return _QUERY.get(self.kind, self.schema)

    @property
    def or_none(self) -> str:
        return " | None" if self.optional else ""

    @property
    def otherwise(self) -> str:
        """Default in a signature, such as ` = None`; empty for a required field."""
        if self.optional:
            return " = None"
        return "" if self.default is None else f" = {self.literal}"

    @property
    def literal(self) -> str:
        """Default as a Python literal."""
        default = self.default or ""
        if self.kind == "money":
            return f'Decimal("{Decimal(default):.2f}")'
        if self.kind == "bool":
            return default.capitalize()
        return str(int(default)) if self.kind == "int" else f'"{default}"'

    @property
    def bounds(self) -> str:
        """Constraints of an int for pydantic."""
        low = "-MAX_INTEGER - 1" if self.low < -MAX_INTEGER else self.low
        high = "MAX_INTEGER" if self.high == MAX_INTEGER else self.high
        return f"ge={low}, le={high}"

    @property
    def column(self) -> str:
        """Type of the database column."""
        return _COLUMN[self.kind]

    @property
    def sql_default(self) -> str:
        default = self.default or ""
        return f"'{default}'" if self.column == "text" else default

    @property
    def words(self) -> str:
        """Name at the start of a message: `SKU`, `Serial number`."""
        if self.name in _ACRONYMS:
            return self.name.upper()
        return self.name.replace("_", " ").capitalize()

    @property
    def referenced_word(self) -> str:
        """Name of the reference without `_id`: `customer` of `customer_id`."""
        return self.name.removesuffix("_id")

    @property
    def is_required(self) -> bool:
        return not self.optional and self.default is None

    @property
    def is_short(self) -> bool:
        """Whether lists filter it by one value."""
        return self.kind != "str" or self.length <= LABEL_LENGTH

    @property
    def is_range(self) -> bool:
        """Whether lists filter it by a minimum and a maximum instead of by one value."""
        return self.kind in ("int", "money", "date", "datetime")

    @property
    def is_exact(self) -> bool:
        """Whether lists filter it by one value, too, if not only."""
        return self.unique or not self.is_range

    @property
    def is_sorted(self) -> bool:
        """Whether lists sort by it: a cursor needs a value that is not null and fits an index."""
        if self.kind == "str":
            return not self.optional and self.length <= NAME_LENGTH
        return not self.optional and self.is_range

    @property
    def bytes(self) -> int:
        """Maximum size of a value in an index."""
        return 4 * max(self.length, *map(len, self.values), 4)
