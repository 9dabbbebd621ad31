"""CSV files (RFC 4180) with a header line, and reports of their rejected rows."""

import csv
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import chain
from typing import Any, Protocol, TextIO

from app.infrastructure.import_files.csv_dialect import (
    SEPARATORS,
    csv_problem,
    declared_separator,
    find_separator,
    known_name,
)
from app.infrastructure.import_files.source_file import MAX_LINE_BYTES, SourceFile
from app.infrastructure.import_files.text_encoding import encoding_notes
from app.models.shared.import_rows import RejectedRow, SourceRow
from app.utils.formula_cells import unmark_formula

# These columns are ignored on import, so that a corrected report can be imported unchanged.
REPORT_COLUMNS = ("rejected_line", "rejected_reason")

MAX_LOGGED_NAME = 64
MAX_LISTED_NAMES = 20


class TextColumns(Protocol):
    """Columns that a CSV file may have."""

    @property
    def required(self) -> Collection[str]: ...

    @property
    def columns(self) -> Collection[str]: ...

    def parse_cells(self, header: Sequence[str], cells: Sequence[str]) -> dict[str, Any]:
        """Convert the cells of a row to the values of a JSON object."""
        ...


class CsvFile:
    """Rows of a CSV file, whose separator is recognised.

    Bytes that are not UTF-8 become lone surrogates, which no text field accepts. A report
    contains the original bytes. Rows without any text are skipped. An apostrophe before a text that
    begins like a formula is not part of it, as exports mark such texts.
    """

    def __init__(self, source: SourceFile, columns: TextColumns, *, ignore_unknown: bool) -> None:
        csv.field_size_limit(MAX_LINE_BYTES)
        self._source = source
        self._columns = columns
        self._known = {*columns.columns, *REPORT_COLUMNS}
        self._lines: list[str] = []
        self._reader, self._separator = self._open_reader()
        self._written_header = self._read_header()
        self.header = [known_name(name, self._known) for name in self._written_header]
        self._unknown = sorted({*self.header} - self._known)
        self._check_header(ignore_unknown=ignore_unknown)
        self._data_columns = [
            i for i, name in enumerate(self.header) if name in self._columns.columns
        ]
        self.columns = self._data_cells(self.header)

    @property
    def notes(self) -> list[str]:
        notes = encoding_notes(self._source.encoding)
        if self._separator != ",":
            notes.append(f"the cells are separated by {SEPARATORS[self._separator]}")
        pairs = zip(self._written_header, self.header, strict=True)
        notes += [f"the column {old!r} is read as {new}" for old, new in pairs if old != new]
        if self._unknown:
            notes.append(f"ignored: {_listed(self._unknown)}")
        return notes

    def rows(self) -> Iterator[SourceRow]:
        while True:
            line = self._source.line + 1
            self._lines.clear()
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield SourceRow(line, ["".join(self._lines)], None, csv_problem(error))
                continue
            if any(map(str.strip, cells)):
                yield self._row(line, cells)

    def report(self, file: TextIO) -> Callable[[RejectedRow], object]:
        """Start a report of rejected rows: line and reason first, then the original row."""
        if not self._source.encoding.is_plain:
            # Spreadsheets read UTF-8 only with a byte order mark.
            file.write("\ufeff")
        writer = csv.writer(file, delimiter=self._separator, lineterminator="\n")
        writer.writerow([*REPORT_COLUMNS, *self.columns])

        def write(row: RejectedRow) -> None:
            writer.writerow([row.line, "; ".join(row.reasons), *row.original])

        return write

    def _row(self, line: int, cells: list[str]) -> SourceRow:
        if len(cells) != len(self.header):
            problem = f"has {len(cells)} cells where the header has {len(self.header)}"
            return SourceRow(line, cells, None, problem)
        cells = self._data_cells(cells)
        texts = [unmark_formula(cell) if cell[:1] == "'" else cell for cell in cells]
        return SourceRow(line, cells, self._columns.parse_cells(self.columns, texts))

    def _data_cells(self, cells: list[str]) -> list[str]:
        if len(self._data_columns) == len(cells):
            return cells
        return [cells[i] for i in self._data_columns]

    def _text(self) -> Iterator[str]:
        for line in self._source.lines():
            text = line.decode("utf-8", "surrogateescape")
            self._lines.append(text)
            yield text

    def _open_reader(self) -> tuple[Iterator[list[str]], str]:
        """Read up to the header, which the reader gets again."""
        text, declared = self._text(), None
        for line in text:
            if separator := declared_separator(line):
                declared = separator
            elif line.strip():
                break
        else:
            raise self._source.error("is empty: a header line is required")
        if "\r" in line.rstrip("\r\n"):
            raise self._source.error("its lines end in CR: export it with LF or CRLF")
        separator = declared or find_separator(line, self._known)
        return csv.reader(chain([line], text), delimiter=separator, strict=True), separator

    def _read_header(self) -> list[str]:
        try:
            header = [name.strip() for name in next(self._reader)]
            "".join(header).encode()
        except (csv.Error, UnicodeError):
            raise self._source.error("does not start with a CSV header") from None
        return header

    def _check_header(self, *, ignore_unknown: bool) -> None:
        """Report all problems at once, so that one correction is enough."""
        names = set(self.header)
        repeated = {name for name in names & self._known if self.header.count(name) > 1}
        problems = {
            "lacks": [name for name in self._columns.required if name not in names],
            "repeats": sorted(repeated),
            "has the unknown": [] if ignore_unknown else self._unknown,
        }
        found = [f"{what} {_listed(names)}" for what, names in problems.items() if names]
        if found:
            hint = " (--ignore-unknown-columns skips unknown columns)" if self._unknown else ""
            raise self._source.error(f"the header {'; '.join(found)}{hint}")


def _listed(names: Sequence[str]) -> str:
    listed = [
        repr(name[:MAX_LOGGED_NAME]) if name else "an unnamed column"
        for name in names[:MAX_LISTED_NAMES]
    ]
    more = [f"{len(names) - MAX_LISTED_NAMES} more"] if len(names) > MAX_LISTED_NAMES else []
    return ", ".join([*listed, *more])
