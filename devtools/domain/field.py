"""One field of a domain, and how each layer spells its name and type."""

from dataclasses import dataclass
from decimal import Decimal

from devtools.domain.field_types import (
    ACRONYMS,
    BOUNDS,
    COLUMN,
    LABEL_LENGTH,
    MAX_BIG_INTEGER,
    MAX_INTEGER,
    MONEY,
    NAME_LENGTH,
    PYTHON,
    QUERY,
    SCHEMA,
    Kind,
    Sign,
    source_of,
)
from devtools.domain.names import camel


@dataclass(frozen=True, kw_only=True)
class Field:
    """A field of the domain `owner`; `low` and `high` are the bounds of an int, both inclusive.

    `precision`, `scale` and `sign` are those of a decimal; the defaults are those of money.
    `target` is the plural of the domain that a reference refers to.
    """

    owner: str
    name: str
    kind: Kind
    length: int = 0
    low: int = -MAX_INTEGER - 1
    high: int = MAX_INTEGER
    precision: int = 12
    scale: int = 2
    sign: Sign = ">0"
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
        """Name of the annotated type of a text or number in the schemas: `Quantity`."""
        return camel(self.name)

    @property
    def has_alias(self) -> bool:
        return self.kind in ("str", "int", "bigint", "decimal")

    @property
    def is_text(self) -> bool:
        return self.kind in ("str", "email", "url")

    @property
    def is_integer(self) -> bool:
        return self.kind in ("int", "bigint")

    @property
    def is_decimal(self) -> bool:
        return self.kind in ("decimal", "money")

    @property
    def python(self) -> str:
        """Type in the model."""
        return self.type_name if self.kind == "enum" else PYTHON.get(self.kind, self.kind)

    @property
    def plain_python(self) -> str:
        """Type in modules that know no models."""
        return "str" if self.kind == "enum" else self.python

    @property
    def schema(self) -> str:
        """Type in the schemas of bodies."""
        if self.kind == "enum":
            return self.type_name
        if self.kind == "money":
            return MONEY[self.sign]
        return self.alias if self.has_alias else SCHEMA[self.kind]

    @property
    def query(self) -> str:
        """Type as a query parameter."""
        if self.kind == "money":
            return "DecimalParameter" if self.sign == "any" else "MoneyParameter"
        return QUERY.get(self.kind, self.schema)

    @property
    def or_none(self) -> str:
        return " | None" if self.optional else ""

    @property
    def otherwise(self) -> str:
        """Default in the model, such as ` = None`; empty for a required field."""
        if self.optional:
            return " = None"
        if self.is_moment:
            return f" = field(default_factory={self.moment})"
        return "" if self.default is None else f" = {self.literal}"

    @property
    def is_moment(self) -> bool:
        """Whether the default is the current day or time."""
        return self.default is not None and self.kind in ("date", "datetime")

    @property
    def moment(self) -> str:
        return "utc_today" if self.kind == "date" else "utc_now"

    @property
    def literal(self) -> str:
        """Default as a Python literal."""
        default = self.default or ""
        if self.is_decimal:
            return source_of(round(Decimal(default), self.scale))
        if self.kind == "bool":
            return default.capitalize()
        return str(int(default)) if self.is_integer else f'"{default}"'

    @property
    def bounds(self) -> str:
        """Constraints of an integer or a decimal for pydantic."""
        if self.is_decimal:
            return f"{self.precision}, {self.scale}{BOUNDS[self.sign]}"
        name = "MAX_BIG_INTEGER" if self.kind == "bigint" else "MAX_INTEGER"
        low = f"-{name} - 1" if self.low < -self.greatest_integer else self.low
        high = name if self.high == self.greatest_integer else self.high
        return f"ge={low}, le={high}"

    @property
    def greatest_integer(self) -> int:
        """Limit of the column."""
        return MAX_BIG_INTEGER if self.kind == "bigint" else MAX_INTEGER

    @property
    def greatest(self) -> Decimal:
        """Limit of a decimal."""
        return Decimal(10 ** (self.precision - self.scale)) - self.step

    @property
    def least(self) -> Decimal:
        return {">0": self.step, ">=0": Decimal(0), "any": -self.greatest}[self.sign]

    @property
    def step(self) -> Decimal:
        """Smallest difference of two values of a decimal."""
        return Decimal(1).scaleb(-self.scale)

    @property
    def column(self) -> str:
        """Type of the database column."""
        if self.is_decimal:
            return f"numeric({self.precision}, {self.scale})"
        return COLUMN[self.kind]

    @property
    def sql_default(self) -> str:
        default = self.default or ""
        if self.is_moment:
            return "(now() AT TIME ZONE 'UTC')::date" if self.kind == "date" else "now()"
        # For squawk, a negative number is a constant only in quotes.
        return f"'{default}'" if self.column == "text" or default[0] == "-" else default

    @property
    def words(self) -> str:
        """Name at the start of a message: `SKU`, `Serial number`."""
        if self.name in ACRONYMS:
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
        return not self.is_text or self.length <= LABEL_LENGTH or self.kind == "email"

    @property
    def is_range(self) -> bool:
        """Whether lists filter it by a minimum and a maximum instead of by one value."""
        return self.is_integer or self.is_decimal or self.kind in ("date", "datetime", "time")

    @property
    def is_exact(self) -> bool:
        """Whether lists filter it by one value, too, if not only."""
        return self.unique or not self.is_range

    @property
    def is_sorted(self) -> bool:
        """Whether lists sort by it: a cursor needs a value that is not null and fits an index."""
        if self.is_text:
            return not self.optional and self.length <= NAME_LENGTH
        return not self.optional and self.is_range

    @property
    def bytes(self) -> int:
        """Maximum size of a value in an index."""
        digits = self.precision // 4 if self.kind == "decimal" else 0
        return 4 * max(self.length, *map(len, self.values), 4, digits)
