"""A text file that may be gzipped, read line by line in constant memory."""

import codecs
import gzip
import io
import os
import zlib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self, cast

from app.exceptions.import_exceptions import ImportFileError

GZIP = ".gz"
MAX_LINE_BYTES = 4 * 1024 * 1024
_BUFFER_BYTES = 256 * 1024


class SourceFile:
    """Its errors are ImportFileError and name the line they were met on."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stack = ExitStack()
        self.line = 0

    def __enter__(self) -> Self:
        try:
            self._raw = self._stack.enter_context(self._path.open("rb"))
        except OSError as error:
            raise self.refuse(error.strerror or str(error)) from error
        self._file = self._raw if self._path.suffix != GZIP else self._unzipped()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    @property
    def name(self) -> str:
        return self._path.name

    @property
    def size(self) -> int:
        return os.fstat(self._raw.fileno()).st_size

    @property
    def bytes_read(self) -> int:
        """How much of the file on the disk has been read, packed as it may be."""
        return self._raw.tell()

    def lines(self) -> Iterator[bytes]:
        first = self._read_line().removeprefix(codecs.BOM_UTF8)
        if first:
            yield first
        while line := self._read_line():
            yield line

    def refuse(self, reason: str) -> ImportFileError:
        return ImportFileError(self.name, reason)

    def _unzipped(self) -> BinaryIO:
        unzipped = self._stack.enter_context(gzip.GzipFile(fileobj=self._raw))
        buffered = io.BufferedReader(cast("io.RawIOBase", unzipped), _BUFFER_BYTES)
        return self._stack.enter_context(buffered)

    def _read_line(self) -> bytes:
        self.line += 1
        try:
            line = self._file.readline(MAX_LINE_BYTES + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise self.refuse(f"cannot be read at line {self.line}: {_reason(error)}") from error
        if len(line) > MAX_LINE_BYTES:
            raise self.refuse(f"line {self.line} is longer than {MAX_LINE_BYTES} bytes")
        return line


def _reason(error: Exception) -> str:
    return "the compressed file is truncated" if isinstance(error, EOFError) else str(error)
