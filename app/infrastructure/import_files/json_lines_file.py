"""JSON Lines files: one object per line, in UTF-8."""

import json
from collections.abc import Callable, Iterator
from typing import TextIO

from app.infrastructure.import_files.source_file import SourceFile
from app.infrastructure.import_files.text_encoding import encoding_notes
from app.models.shared.import_rows import RejectedRow, SourceRow
from app.utils.json_text import from_json, to_json


class JsonLinesFile:
    def __init__(self, source: SourceFile) -> None:
        self._source = source
        self.notes = encoding_notes(source.encoding)

    def rows(self) -> Iterator[SourceRow]:
        for line in self._source.lines():
            if line.strip():
                yield _row(self._source.line, line)

    def report(self, file: TextIO) -> Callable[[RejectedRow], object]:
        """Start a report of rejected rows, each with its original line as a string."""

        def write(row: RejectedRow) -> None:
            document = {"line": row.line, "reasons": row.reasons, "row": row.original[0]}
            file.write(to_json(document).decode() + "\n")

        return write


def _row(number: int, line: bytes) -> SourceRow:
    original = [line.rstrip(b"\r\n").decode("utf-8", "backslashreplace")]
    try:
        values = from_json(line)
    except json.JSONDecodeError as error:
        return SourceRow(number, original, None, f"is not valid JSON: {error.msg}")
    if not isinstance(values, dict):
        return SourceRow(number, original, None, "is not a JSON object")
    return SourceRow(number, original, values)
