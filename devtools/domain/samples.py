"""Sample values for the tests of a domain, as Python and as JSON literals."""

from dataclasses import dataclass
from decimal import Decimal

from devtools.domain.field import Field
from devtools.domain.sample_values import (
    AS_JSON,
    AS_PYTHON,
    BAD,
    COUNT,
    COUNTED,
    EXACT,
    GOOD,
    first,
)
from devtools.domain.unique_keys import UniqueKey


@dataclass(frozen=True)
class Samples:
    """Source text of sample values for the fields of a domain.

    `together` are the fields that are unique together.
    """

    fields: tuple[Field, ...]
    together: tuple[UniqueKey, ...] = ()

    @property
    def required(self) -> list[Field]:
        return [field for field in self.fields if field.is_required]

    @property
    def in_body(self) -> list[Field]:
        """Fields with a value in every body: required and counted ones, and those of a time.

        Two default times would differ.
        """
        return [
            field
            for field in self.fields
            if field.is_required or field.is_moment or self._is_counted(field)
        ]

    @property
    def exact(self) -> list[Field]:
        """Given fields whose JSON value differs from the value in the model."""
        return [field for field in self.in_body if field.kind in EXACT]

    @property
    def has_counted(self) -> bool:
        return any(map(self._is_counted, self.in_body))

    @property
    def pair(self) -> list[str]:
        """Names of two references that get a new pair of IDs in each body."""
        pairs = (key.pair for key in self.together if key.pair)
        return [field.name for field in next(pairs, ())]

    def body(self, field: Field) -> str:
        """Value for a body; for a unique field, an expression with a new value on each call."""
        if field.name in self.pair:
            return field.name
        if not self._is_counted(field):
            return self.json(field, 0)
        if field.kind in COUNTED:
            return COUNTED[field.kind]
        if field.kind == "date":
            return f"str({self.model(field)})"
        return f"{first(field)} + next(_NUMBERS)"

    def model(self, field: Field) -> str:
        """Value for the model, where it differs from the value for a body."""
        if not self._is_counted(field):
            return self.python(field, 0)
        if field.kind == "uuid":
            return f"UUID({self.body(field)})"
        return f"{self.python(field, 0)} + timedelta(next(_NUMBERS))"

    def _is_counted(self, field: Field) -> bool:
        is_counted = field.unique or field in [key.counted for key in self.together]
        return is_counted and not field.optional

    def _is_distinct(self, field: Field) -> bool:
        return field.unique or field in [key.sampled for key in self.together]

    def json(self, field: Field, number: int) -> str:
        return AS_JSON[field.kind](field, number)

    def python(self, field: Field, number: int) -> str:
        return AS_PYTHON[field.kind](field, number)

    def default(self, field: Field) -> str:
        """Default as a JSON literal."""
        return f"{Decimal(field.default or 0):f}" if field.is_decimal else field.literal

    def row(self, number: int) -> list[tuple[str, str]]:
        """Names and values of one sample; every other sample omits the optional fields."""
        return [
            (field.name, self.python(field, self._spread(field, number)))
            for field in self.fields
            if not field.optional or number % 2 == 0
        ]

    def _spread(self, field: Field, number: int) -> int:
        """Limit the number to the allowed values; repeat values that need not differ."""
        if field.is_integer:
            return number % min(COUNT, field.high - first(field) + 1)
        if self._is_distinct(field):
            return number
        return number // 2 if field.is_text else number % 4

    @property
    def changed(self) -> tuple[str, str]:
        """Name of a field, and a value other than its default and its value in `body`."""
        field = next((each for each in self.fields if not self._is_distinct(each)), self.fields[0])
        values = [self.json(field, number) for number in (1, 0)]
        return field.name, next(value for value in values if not self._is_default(field, value))

    def _is_default(self, field: Field, value: str) -> bool:
        if field.default is None:
            return False
        if field.is_decimal:
            return Decimal(value) == Decimal(field.default)
        return value == self.default(field)

    def good(self, field: Field) -> list[str]:
        return GOOD[field.kind](field)

    def bad(self, field: Field) -> list[str]:
        return BAD[field.kind](field) + ([] if field.optional else ["None"])
