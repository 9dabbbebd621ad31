"""CSV as RFC 4180 has it, in UTF-8 with a header line, and the rejected rows of such a file."""

import csv
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any, Protocol, TextIO

from app.infrastructure.import_files.source_file import MAX_LINE_BYTES, SourceFile
from app.models.import_rows import RejectedRow, SourceRow

# Named so that a mended file of rejected rows can be imported as it is.
REPORT_COLUMNS = ("rejected_line", "rejected_reason")

NAME_SHOWN = 64


class TextColumns(Protocol):
    """What the columns of a CSV file are."""

    @property
    def required(self) -> Collection[str]: ...

    @property
    def known(self) -> Collection[str]: ...

    def from_text(self, header: Sequence[str], cells: Sequence[str]) -> dict[str, Any]:
        """Turn the cells of a row into what JSON would hold."""
        ...


class CsvFile:
    """What is not UTF-8 becomes lone surrogates, which no text field admits.

    They are written back as the bytes they were.
    """

    def __init__(self, source: SourceFile, columns: TextColumns) -> None:
        csv.field_size_limit(MAX_LINE_BYTES)
        self._source = source
        self._columns = columns
        self._lines: list[str] = []
        self._reader = csv.reader(self._text(), strict=True)
        self.header = self._read_header()
        self._check_header()
        self._kept = [i for i, name in enumerate(self.header) if name not in REPORT_COLUMNS]
        self.columns = self._keep(self.header)

    def rows(self) -> Iterator[SourceRow]:
        while True:
            line = self._reader.line_num + 1
            self._lines.clear()
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield SourceRow(line, ["".join(self._lines)], None, f"is no CSV: {error}")
                continue
            if cells:
                yield self._row(line, cells)

    def report(self, file: TextIO) -> Callable[[RejectedRow], object]:
        """Start a file of rejected rows: line and reason first, then the row as it was."""
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*REPORT_COLUMNS, *self.columns])

        def write(row: RejectedRow) -> None:
            writer.writerow([row.line, "; ".join(row.reasons), *row.original])

        return write

    def _row(self, line: int, cells: list[str]) -> SourceRow:
        if len(cells) != len(self.header):
            problem = f"has {len(cells)} cells where the header has {len(self.header)}"
            return SourceRow(line, cells, None, problem)
        cells = self._keep(cells)
        return SourceRow(line, cells, self._columns.from_text(self.columns, cells))

    def _keep(self, cells: list[str]) -> list[str]:
        if len(self._kept) == len(cells):
            return cells
        return [cells[i] for i in self._kept]

    def _text(self) -> Iterator[str]:
        for line in self._source.lines():
            text = line.decode("utf-8", "surrogateescape")
            self._lines.append(text)
            yield text

    def _read_header(self) -> list[str]:
        try:
            header = [name.strip() for name in next(self._reader)]
            "".join(header).encode()
        except StopIteration:
            raise self._source.refuse("is empty: a header line is needed") from None
        except (csv.Error, UnicodeError):
            raise self._source.refuse("does not start with a CSV header in UTF-8") from None
        return header

    def _check_header(self) -> None:
        names = set(self.header)
        problems = {
            "lacks": [name for name in self._columns.required if name not in names],
            "has the unknown": sorted(names.difference(self._columns.known, REPORT_COLUMNS)),
            "repeats": sorted({name for name in names if self.header.count(name) > 1}),
        }
        for what, columns in problems.items():
            if columns:
                listed = ", ".join(repr(name[:NAME_SHOWN]) for name in columns)
                raise self._source.refuse(f"the header {what} {listed}")
