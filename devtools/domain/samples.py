"""Sample values for the tests of a domain, as Python and as JSON literals."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from devtools.domain.field import Field
from devtools.domain.field_types import source_of

COUNT = 6

# Kinds whose values in JSON and in the model differ.
_EXACT = ("decimal", "money", "date", "datetime", "time", "uuid")

Write = Callable[[Field, int], str]

_UUID = "6f1b0c2e-7d3a-4e5b-9c8d-"

_PYTHON: dict[str, Write] = {
    "str": lambda field, number: f'"{_text(field, number)}"',
    "email": lambda _, number: f'"ada{number}@example.com"',
    "url": lambda _, number: f'"https://example.com/{number}"',
    "int": lambda field, number: str(_first(field) + number),
    "bigint": lambda field, number: str(_first(field) + number),
    "decimal": lambda field, number: source_of(round(_decimal(field, number), field.scale)),
    "money": lambda _, number: f'Decimal("{12 + number}.50")',
    "bool": lambda _, number: str(number % 2 == 0),
    "enum": lambda field, number: f'"{field.values[number % len(field.values)]}"',
    "date": lambda _, number: f"date(2026, 1, {number + 1})",
    "datetime": lambda _, number: f"datetime(2026, 1, 15, 9, {number}, tzinfo=UTC)",
    "time": lambda _, number: f"time(9, {number})",
    "uuid": lambda _, number: f'UUID("{_UUID}{number + 1:012x}")',
    # The tests store the samples of the referenced domain first, which get the IDs from 1 on.
    "ref": lambda _, number: str(number + 1),
}
_JSON: dict[str, Write] = {
    **_PYTHON,
    "decimal": lambda field, number: f"{_decimal(field, number):f}",
    "money": lambda _, number: f"{12 + number}.5",
    "date": lambda _, number: f'"2026-01-{number + 1:02}"',
    "datetime": lambda _, number: f'"2026-01-15T09:{number:02}:00Z"',
    "time": lambda _, number: f'"09:{number:02}:00"',
    "uuid": lambda _, number: f'"{_UUID}{number + 1:012x}"',
}
_GOOD: dict[str, Callable[[Field], list[str]]] = {
    "str": lambda field: [f'"é" * {field.length}'],
    "email": lambda _: ['"a@b.co"', '"a" * 64 + "@" + "b" * 63 + ".example"'],
    "url": lambda _: ['"http://localhost:8000"', '"https://example.com/" + "a" * 1980'],
    "int": lambda field: [str(field.low), f'Decimal("{field.high}.0")'],
    "bigint": lambda field: [str(field.low), f'Decimal("{field.high}.0")'],
    "decimal": lambda field: [source_of(field.least), source_of(field.greatest)],
    "money": lambda field: [source_of(field.least), source_of(field.greatest)],
    "bool": lambda _: ["True", "False"],
    "enum": lambda field: [f'"{value}"' for value in field.values],
    "date": lambda _: ['"2024-02-29"'],
    "datetime": lambda _: ['"2024-02-29T23:59:59.999999+02:00"'],
    "time": lambda _: ['"00:00:00"', '"23:59:59.999999"'],
    "uuid": lambda _: [f'"{_UUID.upper()}ABCDEFABCDEF"', '"00000000-0000-0000-0000-000000000000"'],
    "ref": lambda _: ["1", "2**63 - 1", 'Decimal("7.0")'],
}


def _bad_integers(field: Field) -> list[str]:
    return [
        *(str(field.low - 1), str(field.high + 1), '"1"', "True"),
        f'Decimal("{_first(field)}.5")',
    ]


def _below(field: Field) -> str:
    return "0" if field.sign == ">0" else source_of(field.least - field.step)


def _between(field: Field) -> str:
    """Return a number with a decimal too many."""
    return source_of(field.step / 2)


_BAD: dict[str, Callable[[Field], list[str]]] = {
    "str": lambda field: [
        *('""', r'"a\x00"', r'"\u202e"', f'"é" * {field.length + 1}', "1"),
        *([r'"a\u200db"'] if field.unique else []),
    ],
    "email": lambda _: [
        *('"ada"', '"ada@example"', '"a b@example.com"', '"ada@-example.com"', "1"),
        '"a" * 65 + "@example.com"',
    ],
    "url": lambda _: [
        *('"example.com"', '"javascript:alert(1)"', '"https://ada@example.com"', "1"),
        *('"https://example.com/a b"', '"http://a:65536"', '"https://example.com/" + "a" * 1981'),
    ],
    "int": _bad_integers,
    "bigint": _bad_integers,
    "decimal": lambda field: [_below(field), _between(field), "1.5", '"1"', "True"],
    "money": lambda field: [_below(field), 'Decimal("1.005")', "1.5", '"1"', "True"],
    "bool": lambda _: ["1", '"true"'],
    "enum": lambda field: ['"?"', f'"{field.values[0]} "'],
    "date": lambda _: ['"2026-02-30"', '"2026-1-1"', '"2026-01-01T00:00:00Z"', "1"],
    "datetime": lambda _: ['"2026-01-01T00:00:00"', '"2026-01-01T25:00:00Z"', "1"],
    "time": lambda _: ['"9:00:00"', '"24:00:00"', '"09:00:00Z"', '"09:00"', "1"],
    "uuid": lambda _: [
        *(f'"{_UUID}00000000000g"', f'"{{{_UUID}000000000001}}"', "1"),
        f'"{_UUID.replace("-", "")}000000000001"',
    ],
    "ref": lambda _: ["0", "2**63", 'Decimal("1.5")', '"1"', "True"],
}


@dataclass(frozen=True)
class Samples:
    """Source text of sample values for the fields of a domain."""

    fields: tuple[Field, ...]

    @property
    def required(self) -> list[Field]:
        return [field for field in self.fields if field.is_required]

    @property
    def given(self) -> list[Field]:
        """Fields that the bodies of the tests have: two default times would differ."""
        return [field for field in self.fields if field.is_required or field.is_moment]

    @property
    def exact(self) -> list[Field]:
        """Given fields whose JSON value differs from the value in the model."""
        return [field for field in self.given if field.kind in _EXACT]

    @property
    def has_counted(self) -> bool:
        return any(field.unique for field in self.required)

    def body(self, field: Field) -> str:
        """Value for a body; for a unique field, an expression with a new value on each call."""
        if not field.unique:
            return self.json(field, 0)
        if field.kind == "str":
            return 'f"{next(_NUMBERS):x}"'
        if field.kind == "email":
            return 'f"ada{next(_NUMBERS)}@example.com"'
        if field.kind == "uuid":
            return f'f"{_UUID}{{next(_NUMBERS):012x}}"'
        return f"{_first(field)} + next(_NUMBERS)"

    def new(self, field: Field) -> str:
        """Value of the model; for a unique field, as in `body`."""
        return f"UUID({self.body(field)})" if field.unique else self.python(field, 0)

    def json(self, field: Field, number: int) -> str:
        return _JSON[field.kind](field, number)

    def python(self, field: Field, number: int) -> str:
        return _PYTHON[field.kind](field, number)

    def default(self, field: Field) -> str:
        """Default as a JSON literal."""
        return f"{Decimal(field.default or 0):f}" if field.is_decimal else field.literal

    def row(self, number: int) -> list[tuple[str, str]]:
        """Names and values of one sample; every other sample omits the optional fields."""
        return [
            (field.name, self.python(field, _spread(field, number)))
            for field in self.fields
            if not field.optional or number % 2 == 0
        ]

    @property
    def changed(self) -> tuple[str, str]:
        """Name of a field, and a value other than its default and its value in `body`."""
        field = next((field for field in self.fields if not field.unique), self.fields[0])
        before = None if field.default is None else self.default(field)
        values = (self.json(field, number) for number in (1, 2))
        return field.name, next(value for value in values if value != before)

    def good(self, field: Field) -> list[str]:
        return _GOOD[field.kind](field)

    def bad(self, field: Field) -> list[str]:
        return _BAD[field.kind](field) + ([] if field.optional else ["None"])


def _decimal(field: Field, number: int) -> Decimal:
    """Return 12.5 and the next ones, or smaller numbers where these do not fit."""
    fits = field.scale and field.precision - field.scale > 1
    return Decimal(f"{12 + number}.5") if fits else (number + 1) * field.step


def _first(field: Field) -> int:
    return 1 if field.low < 1 < field.high else field.low


def _spread(field: Field, number: int) -> int:
    """Limit the number to the allowed values, and repeat values unless the field is unique."""
    if field.is_integer:
        return number % min(COUNT, field.high - _first(field) + 1)
    if field.unique:
        return number
    return number // 2 if field.is_text else number % 4


def _text(field: Field, number: int) -> str:
    letter = "BAFCED"[number]
    text = f"{field.words} {letter}"
    return text if len(text) <= field.length else letter
