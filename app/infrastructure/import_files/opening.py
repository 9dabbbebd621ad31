"""Open the file of an import, or standard input, and recognise its encoding."""

import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from itertools import chain
from pathlib import Path
from shutil import copyfileobj

from app.exceptions.shared.import_exceptions import ImportFileError
from app.infrastructure.import_files.input_file import IS_SPREADSHEET, InputFile
from app.infrastructure.import_files.source_file import GZIP_MAGIC, SourceFile
from app.infrastructure.import_files.text_encoding import TextEncoding, find_encoding

STANDARD_INPUT = Path("-")
STANDARD_INPUT_NAME = "standard input"

# An .xlsx or .ods file is a ZIP archive, an .xls file an OLE document.
_SPREADSHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


@contextmanager
def open_input(path: Path) -> Iterator[InputFile]:
    """Yield the file with its encoding; `-` is standard input."""
    if path != STANDARD_INPUT:
        file = InputFile.named(path)
        _refuse_streams(file)
        yield _recognised(file)
        return
    if sys.stdin is None:
        raise ImportFileError(STANDARD_INPUT_NAME, "is closed")
    with ExitStack() as stack:
        try:
            directory = stack.enter_context(tempfile.TemporaryDirectory(prefix="import-"))
            file = _stored_standard_input(Path(directory) / "stdin.csv")
        except OSError as error:
            reason = f"cannot be stored in a temporary file: {error}"
            raise ImportFileError(STANDARD_INPUT_NAME, reason) from error
        yield _recognised(file)


def _refuse_streams(file: InputFile) -> None:
    """Raise ImportFileError for a FIFO or a device, which can be read only once, or for ever."""
    with suppress(OSError):
        mode = file.path.stat().st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            raise file.error("is not a regular file: import - and redirect standard input to it")


def _stored_standard_input(path: Path) -> InputFile:
    """Copy standard input to a file, because an import may read its input twice."""
    with path.open("xb") as copy:
        copyfileobj(sys.stdin.buffer, copy)
    with path.open("rb") as copy:
        is_compressed = copy.read(len(GZIP_MAGIC)) == GZIP_MAGIC
    return InputFile(
        name=STANDARD_INPUT_NAME, path=path, plain=Path(path.name), is_compressed=is_compressed
    )


def _recognised(file: InputFile) -> InputFile:
    with SourceFile(file) as source:
        chunks = source.chunks()
        first = next(chunks, b"")
        if first.startswith(_SPREADSHEETS):
            raise file.error(IS_SPREADSHEET)
        if first.startswith(GZIP_MAGIC):
            place = "twice" if file.is_compressed else "but its name does not end in .gz"
            raise file.error(f"is compressed, {place}")
        try:
            encoding = find_encoding(chain([first], chunks))
        except UnicodeError as error:
            raise file.error(str(error)) from error
    if file.name == STANDARD_INPUT_NAME and _is_json(first, encoding):
        file = replace(file, plain=file.plain.with_suffix(".jsonl"))
    return replace(file, encoding=encoding)


def _is_json(first: bytes, encoding: TextEncoding) -> bool:
    text = first.decode(encoding.codec, "replace")
    return text.lstrip("\ufeff \t\r\n").startswith("{")
