"""The file of an export, which appears when it is complete, or standard output."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

from app.commands.failures import CommandError
from app.commands.output import write_bytes


@contextmanager
def open_output(path: Path | None) -> Iterator[Callable[[bytes], object]]:
    """Yield a function that writes; an existing file is replaced at the end, if all went well.

    Raises CommandError if the file cannot be written.
    """
    if path is None:
        yield write_bytes
        return
    try:
        if path.exists() and not path.is_file():
            # A device or a FIFO is not replaced.
            with path.open("wb") as device:
                yield device.write
            return
        with _replaced_at_end(path.resolve()) as write:
            yield write
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror or error}") from error


@contextmanager
def _replaced_at_end(path: Path) -> Iterator[Callable[[bytes], object]]:
    part = path.with_name(f".{path.name}.{token_hex(4)}.part")
    try:
        with part.open("xb") as file:
            yield file.write
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
