"""Sample values for the tests of a domain, as Python and as JSON literals."""

from collections.abc import Callable
from dataclasses import dataclass

from devtools.domain.field import Field
from devtools.domain.unique_keys import UniqueKey

COUNT = 6

Write = Callable[[Field, int], str]

_PYTHON: dict[str, Write] = {
    "str": lambda field, number: f'"{_text(field, number)}"',
    "int": lambda field, number: str(_first(field) + number),
    "money": lambda _, number: f'Decimal("{12 + number}.50")',
    "bool": lambda _, number: str(number % 2 == 0),
    "enum": lambda field, number: f'"{field.values[number % len(field.values)]}"',
    "date": lambda _, number: f"date(2026, 1, {number + 1})",
    "datetime": lambda _, number: f"datetime(2026, 1, 15, 9, {number}, tzinfo=UTC)",
    # The tests store the samples of the referenced domain first, which get the IDs from 1 on.
    "ref": lambda _, number: str(number + 1),
}
_JSON: dict[str, Write] = {
    **_PYTHON,
    "money": lambda _, number: f"{12 + number}.5",
    "date": lambda _, number: f'"2026-01-{number + 1:02}"',
    "datetime": lambda _, number: f'"2026-01-15T09:{number:02}:00Z"',
}
_GOOD: dict[str, Callable[[Field], list[str]]] = {
    "str": lambda field: [f'"é" * {field.length}'],
    "int": lambda field: [str(field.low), f'Decimal("{field.high}.0")'],
    "money": lambda _: ['Decimal("0.01")', 'Decimal("9999999999.99")'],
    "bool": lambda _: ["True", "False"],
    "enum": lambda field: [f'"{value}"' for value in field.values],
    "date": lambda _: ['"2024-02-29"'],
    "datetime": lambda _: ['"2024-02-29T23:59:59.999999+02:00"'],
    "ref": lambda _: ["1", "2**63 - 1", 'Decimal("7.0")'],
}
_BAD: dict[str, Callable[[Field], list[str]]] = {
    "str": lambda field: [
        *('""', r'"a\x00"', r'"\u202e"', f'"é" * {field.length + 1}', "1"),
        *([r'"a\u200db"'] if field.unique else []),
    ],
    "int": lambda field: [
        *(str(field.low - 1), str(field.high + 1), '"1"', "True"),
        f'Decimal("{_first(field)}.5")',
    ],
    "money": lambda _: ["0", 'Decimal("1.005")', "1.5", '"1"', "True"],
    "bool": lambda _: ["1", '"true"'],
    "enum": lambda field: ['"?"', f'"{field.values[0]} "'],
    "date": lambda _: ['"2026-02-30"', '"2026-1-1"', '"2026-01-01T00:00:00Z"', "1"],
    "datetime": lambda _: ['"2026-01-01T00:00:00"', '"2026-01-01T25:00:00Z"', "1"],
    "ref": lambda _: ["0", "2**63", 'Decimal("1.5")', '"1"', "True"],
}


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
        """Fields with a value in every body: the required ones, and those that are counted."""
        return [field for field in self.fields if field.is_required or self._is_counted(field)]

    @property
    def exact(self) -> list[Field]:
        """Required fields whose JSON value differs from the value in the model."""
        return [field for field in self.required if field.kind in ("money", "date", "datetime")]

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
        if field.kind == "str":
            return 'f"{next(_NUMBERS):x}"'
        if field.kind == "date":
            return f"str({self.model(field)})"
        return f"{_first(field)} + next(_NUMBERS)"

    def model(self, field: Field) -> str:
        """Value for the model, where it differs from the value for a body."""
        if self._is_counted(field):
            return f"{self.python(field, 0)} + timedelta(next(_NUMBERS))"
        return self.python(field, 0)

    def _is_counted(self, field: Field) -> bool:
        is_counted = field.unique or field in [key.counted for key in self.together]
        return is_counted and not field.optional

    def _is_distinct(self, field: Field) -> bool:
        return field.unique or field in [key.sampled for key in self.together]

    def json(self, field: Field, number: int) -> str:
        return _JSON[field.kind](field, number)

    def python(self, field: Field, number: int) -> str:
        return _PYTHON[field.kind](field, number)

    def default(self, field: Field) -> str:
        """Default as a JSON literal."""
        return str(field.default) if field.kind == "money" else field.literal

    def row(self, number: int) -> list[tuple[str, str]]:
        """Names and values of one sample; every other sample omits the optional fields."""
        return [
            (field.name, self.python(field, self._spread(field, number)))
            for field in self.fields
            if not field.optional or number % 2 == 0
        ]

    def _spread(self, field: Field, number: int) -> int:
        """Limit the number to the allowed values; repeat values that need not differ."""
        if field.kind == "int":
            return number % min(COUNT, field.high - _first(field) + 1)
        if self._is_distinct(field):
            return number
        return number // 2 if field.kind == "str" else number % 4

    @property
    def changed(self) -> tuple[str, str]:
        """Name of a field, and a value other than its default and its value in `body`."""
        field = next((each for each in self.fields if not self._is_distinct(each)), self.fields[0])
        before = None if field.default is None else self.default(field)
        values = (self.json(field, number) for number in (1, 2))
        return field.name, next(value for value in values if value != before)

    def good(self, field: Field) -> list[str]:
        return _GOOD[field.kind](field)

    def bad(self, field: Field) -> list[str]:
        return _BAD[field.kind](field) + ([] if field.optional else ["None"])


def _first(field: Field) -> int:
    return 1 if field.low < 1 < field.high else field.low


def _text(field: Field, number: int) -> str:
    letter = "BAFCED"[number]
    text = f"{field.words} {letter}"
    return text if len(text) <= field.length else letter
