"""Recognise the separator and the header of a CSV file by the names of its columns."""

import csv
import re
from collections.abc import Collection

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}

# Python's reader words these for programmers.
_PROBLEMS = {
    "new-line character": "a line contains CR: export the file with LF or CRLF",
    "unexpected end of data": "a quoted cell is not closed",
    "expected after": 'after the closing quote of a cell there is more text; write " in it as ""',
}

# The first line of some exports, for Excel.
_DECLARATION = re.compile(r'"?sep=([,;\t|])"?\s*', re.IGNORECASE)


def declared_separator(line: str) -> str | None:
    found = _DECLARATION.fullmatch(line)
    return found and found[1]


def find_separator(header: str, known: Collection[str]) -> str:
    """Return the separator that yields most known names, or else most cells."""

    def score(separator: str) -> tuple[int, int]:
        cells = next(csv.reader([header], delimiter=separator), [])
        return sum(known_name(cell, known) in known for cell in cells), len(cells)

    return max(SEPARATORS, key=score)


def known_name(cell: str, known: Collection[str]) -> str:
    """Return the known name that differs only in case, spaces or hyphens, or else the cell."""
    name = cell.strip()
    plain = re.sub(r"[\s-]+", "_", name).casefold()
    return plain if plain in known and name not in known else name


def csv_problem(error: csv.Error) -> str:
    found = (reason for part, reason in _PROBLEMS.items() if part in str(error))
    return f"is not valid CSV: {next(found, error)}"
