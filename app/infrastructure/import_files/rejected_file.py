"""Report of the rows that an import rejected."""

from collections.abc import Callable
from errno import EEXIST
from pathlib import Path
from typing import TextIO

from app.exceptions.shared.import_exceptions import RejectedFileError
from app.infrastructure.import_files.formats import RowFile
from app.infrastructure.import_files.input_file import plain_name
from app.models.shared.import_rows import RejectedRow

MAX_REPORTS = 1000


class RejectedFile:
    """Report file, created with the first rejected row; never overwrites an existing file."""

    def __init__(self, candidates: list[Path]) -> None:
        self._candidates = candidates
        self._file: TextIO | None = None
        self.path: Path | None = None

    def start(self, source: RowFile) -> Callable[[RejectedRow], None]:
        """Discard the report so far and return a function that writes a rejected row."""
        self.discard()
        write: Callable[[RejectedRow], object] | None = None

        def reject(row: RejectedRow) -> None:
            nonlocal write
            try:
                if write is None:
                    write = source.report(self._open())
                write(row)
            except OSError as error:
                raise self._refusal(error) from error

        return reject

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def discard(self) -> None:
        """Delete the report of an import that was not committed."""
        self.close()
        if self.path is not None:
            self.path.unlink(missing_ok=True)
            self.path = None

    def _open(self) -> TextIO:
        for path in self._candidates:
            try:
                # Line-buffered, so that a full disk is detected before the import is committed.
                self._file = path.open(
                    "x", buffering=1, encoding="utf-8", errors="surrogateescape", newline=""
                )
            except FileExistsError:
                continue
            self.path = path
            return self._file
        raise FileExistsError(EEXIST, "File exists")

    def _refusal(self, error: OSError) -> RejectedFileError:
        path = self.path or self._candidates[-1]
        return RejectedFileError(str(path), error.strerror or str(error))


def report_paths(path: Path) -> list[Path]:
    """List the paths for a report: `x.rejected.csv`, then `x.2.rejected.csv` and so on."""
    plain = plain_name(path)
    numbers = ["", *(f".{n}" for n in range(2, MAX_REPORTS))]
    return [plain.with_name(f"{plain.stem}{n}.rejected{plain.suffix}") for n in numbers]
