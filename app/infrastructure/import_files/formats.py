"""File formats of an import."""

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TextIO

from app.infrastructure.import_files.csv_file import CsvFile, TextColumns
from app.infrastructure.import_files.json_lines_file import JsonLinesFile
from app.infrastructure.import_files.source_file import SourceFile
from app.models.shared.import_rows import RejectedRow, SourceRow


class RowFile(Protocol):
    @property
    def notes(self) -> Sequence[str]:
        """List what was recognised and differs from the plain form of the format."""
        ...

    def rows(self) -> Iterator[SourceRow]:
        """Read the rows in order; a row that cannot be read carries its error."""
        ...

    def report(self, file: TextIO) -> Callable[[RejectedRow], object]:
        """Start a report of rejected rows in the same format; call the result for each row."""
        ...


def row_file(source: SourceFile, columns: TextColumns, *, ignore_unknown: bool) -> RowFile:
    if source.is_csv:
        return CsvFile(source, columns, ignore_unknown=ignore_unknown)
    return JsonLinesFile(source)
