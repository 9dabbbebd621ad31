"""Sample values of each kind of field, and values at and past its limits, as Python source."""

from collections.abc import Callable
from decimal import Decimal

from devtools.domain.field import Field
from devtools.domain.field_types import source_of

COUNT = 6

# Kinds whose values in JSON and in the model differ.
EXACT = ("decimal", "money", "date", "datetime", "time", "uuid")

Write = Callable[[Field, int], str]

UUID_START = "6f1b0c2e-7d3a-4e5b-9c8d-"

# Expressions with a new value in each body.
COUNTED = {
    "str": 'f"{next(_NUMBERS):x}"',
    "email": 'f"ada{next(_NUMBERS)}@example.com"',
    "uuid": f'f"{UUID_START}{{next(_NUMBERS):012x}}"',
}

AS_PYTHON: dict[str, Write] = {
    "str": lambda field, number: f'"{_text(field, number)}"',
    "email": lambda _, number: f'"ada{number}@example.com"',
    "url": lambda _, number: f'"https://example.com/{number}"',
    "int": lambda field, number: str(first(field) + number),
    "bigint": lambda field, number: str(first(field) + number),
    "decimal": lambda field, number: source_of(round(_decimal(field, number), field.scale)),
    "money": lambda _, number: f'Decimal("{12 + number}.50")',
    "bool": lambda _, number: str(number % 2 == 0),
    "enum": lambda field, number: f'"{field.values[number % len(field.values)]}"',
    "date": lambda _, number: f"date(2026, 1, {number + 1})",
    "datetime": lambda _, number: f"datetime(2026, 1, 15, 9, {number}, tzinfo=UTC)",
    "time": lambda _, number: f"time(9, {number})",
    "uuid": lambda _, number: f'UUID("{UUID_START}{number + 1:012x}")',
    # The tests store the samples of the referenced domain first, which get the IDs from 1 on.
    "ref": lambda _, number: str(number + 1),
}
AS_JSON: dict[str, Write] = {
    **AS_PYTHON,
    "decimal": lambda field, number: f"{_decimal(field, number):f}",
    "money": lambda _, number: f"{12 + number}.5",
    "date": lambda _, number: f'"2026-01-{number + 1:02}"',
    "datetime": lambda _, number: f'"2026-01-15T09:{number:02}:00Z"',
    "time": lambda _, number: f'"09:{number:02}:00"',
    "uuid": lambda _, number: f'"{UUID_START}{number + 1:012x}"',
}
GOOD: dict[str, Callable[[Field], list[str]]] = {
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
    "uuid": lambda _: [
        f'"{UUID_START.upper()}ABCDEFABCDEF"',
        '"00000000-0000-0000-0000-000000000000"',
    ],
    "ref": lambda _: ["1", "2**63 - 1", 'Decimal("7.0")'],
}


def _bad_integers(field: Field) -> list[str]:
    return [
        *(str(field.low - 1), str(field.high + 1), '"1"', "True"),
        f'Decimal("{first(field)}.5")',
    ]


def _below(field: Field) -> str:
    return "0" if field.sign == ">0" else source_of(field.least - field.step)


def _between(field: Field) -> str:
    """Return a number with a decimal too many."""
    return source_of(field.step / 2)


BAD: dict[str, Callable[[Field], list[str]]] = {
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
        *(f'"{UUID_START}00000000000g"', f'"{{{UUID_START}000000000001}}"', "1"),
        f'"{UUID_START.replace("-", "")}000000000001"',
    ],
    "ref": lambda _: ["0", "2**63", 'Decimal("1.5")', '"1"', "True"],
}


def _decimal(field: Field, number: int) -> Decimal:
    """Return 12.5 and the next ones, or smaller numbers where these do not fit."""
    fits = field.scale and field.precision - field.scale > 1
    return Decimal(f"{12 + number}.5") if fits else (number + 1) * field.step


def first(field: Field) -> int:
    return 1 if field.low < 1 < field.high else field.low


def _text(field: Field, number: int) -> str:
    letter = "BAFCED"[number]
    text = f"{field.words} {letter}"
    return text if len(text) <= field.length else letter
