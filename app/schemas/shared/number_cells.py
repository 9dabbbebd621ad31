"""Numbers in the cells of a CSV file, and why other spellings are refused."""

import re
from decimal import Decimal

MAX_DIGITS = 40
_NUMBER = re.compile(rf"-?[0-9]{{1,{MAX_DIGITS}}}(\.[0-9]{{1,{MAX_DIGITS}}})?", re.ASCII)

_KINDS = {
    "a number in scientific notation": re.compile(r"[+-]?[0-9.,]+[eE][+-]?[0-9]+", re.ASCII),
    "a percentage": re.compile(r"[+-]?[0-9.,]+\s?%", re.ASCII),
    "a number with a decimal comma or with thousands separators": re.compile(
        r"[+-]?[0-9]+([.,' \u2019\u00a0\u202f][0-9]+)+"
    ),
    "an amount with a currency": re.compile(
        r"(?=.*[^\d\s.,'+-])[^\d\s]{0,3}\s?[+-]?[0-9][0-9.,']*\s?[^\d\s]{0,3}"
    ),
}
MAX_CHARACTERS = 50

_EXPORT = "export the column as plain numbers, such as 1299.00"


def plain_number(text: str) -> Decimal | str:
    """Return other text unchanged, for the schema to refuse."""
    return Decimal(text) if _NUMBER.fullmatch(text) else text


def number_hint(text: str) -> str | None:
    """Explain a number that another locale or a cell format wrote; None for a plain number.

    Such numbers are not accepted, because 1,299 is one number here and another there.
    """
    text = text.strip()
    if _NUMBER.fullmatch(text):
        return None
    for kind, pattern in _KINDS.items():
        if len(text) <= MAX_CHARACTERS and pattern.fullmatch(text):
            return f"{text!r} is {kind}: {_EXPORT}"
    return f"is not a number of at most {MAX_DIGITS} digits, such as 1299.00"
