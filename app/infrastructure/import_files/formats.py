"""Which format a file is in, by its name."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol, TextIO

from app.exceptions.import_exceptions import ImportFileError
from app.infrastructure.import_files.csv_file import CsvFile, TextColumns
from app.infrastructure.import_files.json_lines_file import JsonLinesFile
from app.infrastructure.import_files.source_file import GZIP, SourceFile
from app.models.import_rows import RejectedRow, SourceRow

CSV = ".csv"
JSON_LINES = (".jsonl", ".ndjson")


class RowFile(Protocol):
    def rows(self) -> Iterator[SourceRow]:
        """Read the records in order, whatever is wrong with single ones."""
        ...

    def report(self, file: TextIO) -> Callable[[RejectedRow], object]:
        """Start a file of rejected rows in the same format; call the result for each."""
        ...


def plain_name(path: Path) -> Path:
    """Give the name without .gz; raises ImportFileError if its format is not known."""
    plain = path.with_suffix("") if path.suffix == GZIP else path
    if plain.suffix not in (CSV, *JSON_LINES):
        raise ImportFileError(path.name, "must end in .csv, .jsonl or .ndjson, perhaps with .gz")
    return plain


def row_file(path: Path, source: SourceFile, columns: TextColumns) -> RowFile:
    if plain_name(path).suffix == CSV:
        return CsvFile(source, columns)
    return JsonLinesFile(source)
