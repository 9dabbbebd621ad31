"""Write records as rows of a file that `python -m app import` reads."""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from app.utils import decimal_strings
from app.utils.formula_cells import mark_formula
from app.utils.json_text import to_json, to_json_with_strings

# Spreadsheets read UTF-8 only with a byte order mark.
_BOM = "\ufeff"


@dataclass(frozen=True, kw_only=True)
class ExportFormat:
    """Both functions return bytes; the second one those of some rows, with these columns."""

    suffix: str
    media_types: tuple[str, ...]
    header: Callable[[Sequence[str]], bytes]
    rows: Callable[[Sequence[str], Iterable[object]], bytes]


def _csv_header(columns: Sequence[str]) -> bytes:
    return (_BOM + _csv([columns])).encode()


def _csv_rows(columns: Sequence[str], records: Iterable[object]) -> bytes:
    return _csv([_cell(getattr(each, name)) for name in columns] for each in records).encode()


def _csv(rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue()


def _cell(value: Any) -> str:  # noqa: ANN401 - of any field
    """Return the spelling that an import reads as this value."""
    if isinstance(value, str):
        return mark_formula(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return str(value)


def _no_header(_columns: Sequence[str]) -> bytes:
    return b""


def _json_rows(columns: Sequence[str], records: Iterable[object]) -> bytes:
    encode = to_json_with_strings if decimal_strings.are_written_in_lines.get() else to_json
    documents = ({name: getattr(each, name) for name in columns} for each in records)
    return b"".join(encode(document) + b"\n" for document in documents)


CSV = ExportFormat(suffix="csv", media_types=("text/csv",), header=_csv_header, rows=_csv_rows)
JSON_LINES = ExportFormat(
    suffix="jsonl",
    media_types=("application/x-ndjson", "application/jsonl"),
    header=_no_header,
    rows=_json_rows,
)
FORMATS = (CSV, JSON_LINES)
