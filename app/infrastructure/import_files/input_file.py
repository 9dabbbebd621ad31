"""The file of an import: where it lies, its format, compression and encoding."""

from dataclasses import dataclass
from pathlib import Path

from app.exceptions.shared.import_exceptions import ImportFileError
from app.infrastructure.import_files.text_encoding import UTF_8, TextEncoding

GZIP = ".gz"
CSV = ".csv"
JSON_LINES = (".jsonl", ".ndjson")
SPREADSHEETS = (".xlsx", ".xlsm", ".xls", ".ods", ".numbers")
IS_SPREADSHEET = "is a spreadsheet or an archive: export its sheet as CSV"


@dataclass(frozen=True, kw_only=True)
class InputFile:
    """`plain` is the path without .gz; its suffix is the format."""

    name: str
    path: Path
    plain: Path
    is_compressed: bool
    encoding: TextEncoding = UTF_8

    @classmethod
    def named(cls, path: Path) -> "InputFile":
        """Raise ImportFileError for an unknown format."""
        is_compressed = path.suffix.lower() == GZIP
        return cls(name=path.name, path=path, plain=plain_name(path), is_compressed=is_compressed)

    @property
    def is_csv(self) -> bool:
        return self.plain.suffix.lower() == CSV

    def error(self, reason: str) -> ImportFileError:
        return ImportFileError(self.name, reason)


def plain_name(path: Path) -> Path:
    """Return the path without .gz; raises ImportFileError for an unknown format."""
    plain = path.with_suffix("") if path.suffix.lower() == GZIP else path
    if plain.suffix.lower() in SPREADSHEETS:
        raise ImportFileError(path.name, IS_SPREADSHEET)
    if plain.suffix.lower() not in (CSV, *JSON_LINES):
        raise ImportFileError(path.name, "must end in .csv, .jsonl or .ndjson, optionally with .gz")
    return plain
