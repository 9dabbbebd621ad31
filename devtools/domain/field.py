"""One field of a domain, and what each layer calls it."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from devtools.domain.names import camel

Kind = Literal["str", "int", "money", "bool", "enum", "date", "datetime"]

TEXT_LENGTH = 1_000
LABEL_LENGTH = 100
NAME_LENGTH = 255
MAX_INTEGER = 2**31 - 1

_PYTHON = {"money": "Decimal"}
_SCHEMA = {"money": "Money", "bool": "bool", "date": "Date", "datetime": "DateTime"}
_QUERY = {**_SCHEMA, "bool": "PlainBool", "int": "PlainInteger", "money": "PlainMoney"}
_COLUMN = {
    "str": "text",
    "int": "integer",
    "money": "numeric(12, 2)",
    "bool": "boolean",
    "enum": "text",
    "date": "date",
    "datetime": "timestamptz",
}
_ACRONYMS = {"sku", "ean", "isbn", "iban", "url", "vat"}


@dataclass(frozen=True, kw_only=True)
class Field:
    """`low` and `high` are the first and the last value of an int."""

    owner: str
    name: str
    kind: Kind
    length: int = 0
    low: int = -MAX_INTEGER - 1
    high: int = MAX_INTEGER
    values: tuple[str, ...] = ()
    optional: bool = False
    default: str | None = None
    unique: bool = False

    @property
    def type_name(self) -> str:
        """`OrderStatus` for a status of orders: what an enum is called in the model."""
        own = self.name if self.name.startswith(f"{self.owner}_") else f"{self.owner}_{self.name}"
        return camel(own)

    @property
    def alias(self) -> str:
        return camel(self.name)

    @property
    def has_alias(self) -> bool:
        return self.kind in ("str", "int")

    @property
    def python(self) -> str:
        return self.type_name if self.kind == "enum" else _PYTHON.get(self.kind, self.kind)

    @property
    def schema(self) -> str:
        if self.kind == "enum":
            return self.type_name
        return self.alias if self.has_alias else _SCHEMA[self.kind]

    @property
    def query(self) -> str:
        return _QUERY.get(self.kind, self.schema)

    @property
    def or_none(self) -> str:
        return " | None" if self.optional else ""

    @property
    def otherwise(self) -> str:
        if self.optional:
            return " = None"
        return "" if self.default is None else f" = {self.literal}"

    @property
    def literal(self) -> str:
        """The default, as Python has it."""
        default = self.default or ""
        if self.kind == "money":
            return f'Decimal("{Decimal(default):.2f}")'
        if self.kind == "bool":
            return default.capitalize()
        return str(int(default)) if self.kind == "int" else f'"{default}"'

    @property
    def bounds(self) -> str:
        """What pydantic is told of an int."""
        low = "-MAX_INTEGER - 1" if self.low < -MAX_INTEGER else self.low
        high = "MAX_INTEGER" if self.high == MAX_INTEGER else self.high
        return f"ge={low}, le={high}"

    @property
    def column(self) -> str:
        return _COLUMN[self.kind]

    @property
    def sql_default(self) -> str:
        default = self.default or ""
        return f"'{default}'" if self.column == "text" else default

    @property
    def words(self) -> str:
        """`SKU`, `Serial number`: how a message begins with it."""
        if self.name in _ACRONYMS:
            return self.name.upper()
        return self.name.replace("_", " ").capitalize()

    @property
    def is_required(self) -> bool:
        return not self.optional and self.default is None

    @property
    def is_short(self) -> bool:
        return self.kind != "str" or self.length <= LABEL_LENGTH

    @property
    def is_range(self) -> bool:
        """Filtered by its lowest and highest value instead of by one."""
        return self.kind in ("int", "money", "date", "datetime")

    @property
    def is_sorted(self) -> bool:
        """A page goes on after a value, so there must be one; and an index must hold it."""
        if self.kind == "str":
            return not self.optional and self.length <= NAME_LENGTH
        return not self.optional and self.is_range

    @property
    def bytes(self) -> int:
        """What it takes in an index at most."""
        return 4 * max(self.length, *map(len, self.values), 4)
