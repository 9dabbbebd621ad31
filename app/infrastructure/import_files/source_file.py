"""Text file, optionally gzipped, read line by line in constant memory."""

import codecs
import gzip
import io
import os
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from types import TracebackType
from typing import BinaryIO, Self, cast

from app.exceptions.shared.import_exceptions import ImportFileError
from app.infrastructure.import_files.input_file import InputFile
from app.infrastructure.import_files.text_encoding import UTF_8, TextEncoding

MAX_LINE_BYTES = 4 * 1024 * 1024
GZIP_MAGIC = b"\x1f\x8b"
_BUFFER_BYTES = 256 * 1024


class SourceFile:
    """Lines of a file, as UTF-8; every error is an ImportFileError, which names the line."""

    def __init__(self, file: InputFile) -> None:
        self._input = file
        self._stack = ExitStack()
        self.line = 0

    def __enter__(self) -> Self:
        try:
            self._raw = self._stack.enter_context(self._input.path.open("rb"))
        except OSError as error:
            raise self.error(error.strerror or str(error)) from error
        self._file = self._decompress() if self._input.is_compressed else self._raw
        self._text = None if self.encoding.codec == UTF_8.codec else self._transcode()
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
        return self._input.name

    @property
    def encoding(self) -> TextEncoding:
        return self._input.encoding

    @property
    def is_csv(self) -> bool:
        return self._input.is_csv

    @property
    def size(self) -> int:
        return os.fstat(self._raw.fileno()).st_size

    @property
    def bytes_read(self) -> int:
        """Bytes that were read from the disk, before decompression."""
        return self._raw.tell()

    def lines(self) -> Iterator[bytes]:
        first = self._read_line().removeprefix(codecs.BOM_UTF8)
        if first:
            yield first
        while line := self._read_line():
            yield line

    def chunks(self) -> Iterator[bytes]:
        """Read the bytes of the file, instead of its lines."""
        while chunk := self._read(partial(self._file.read, _BUFFER_BYTES)):
            yield chunk

    def error(self, reason: str) -> ImportFileError:
        return self._input.error(reason)

    def _decompress(self) -> BinaryIO:
        decompressed = self._stack.enter_context(gzip.GzipFile(fileobj=self._raw))
        buffered = io.BufferedReader(cast("io.RawIOBase", decompressed), _BUFFER_BYTES)
        return self._stack.enter_context(buffered)

    def _read_line(self) -> bytes:
        self.line += 1
        line = self._read(self._read_encoded if self._text is None else self._read_transcoded)
        if len(line) > MAX_LINE_BYTES:
            raise self.error(f"line {self.line} is longer than {MAX_LINE_BYTES} bytes")
        return line

    def _read_encoded(self) -> bytes:
        return self._file.readline(MAX_LINE_BYTES + 1)

    def _read_transcoded(self) -> bytes:
        assert self._text is not None  # noqa: S101 - checked by the caller
        return self._text.readline(MAX_LINE_BYTES + 1).encode()

    def _read(self, read: Callable[[], bytes]) -> bytes:
        try:
            return read()
        except (UnicodeError, OSError, EOFError, zlib.error) as error:
            place = f" at line {self.line}" if self.line else ""
            raise self.error(f"cannot be read{place}: {self._reason(error)}") from error

    def _transcode(self) -> io.TextIOWrapper:
        text = io.TextIOWrapper(self._file, self.encoding.codec, newline="\n")
        return self._stack.enter_context(text)

    def _reason(self, error: Exception) -> str:
        if isinstance(error, UnicodeError):
            return f"it is not valid {self.encoding.label}"
        if isinstance(error, gzip.BadGzipFile) and "gzipped" in str(error):
            return "it is not compressed, or only in part; a plain file must not be named .gz"
        if isinstance(error, gzip.BadGzipFile | zlib.error):
            return "the compressed file is damaged"
        return "the compressed file is truncated" if isinstance(error, EOFError) else str(error)
