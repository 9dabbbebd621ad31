"""Output of commands, to terminals, pipes, full disks and closed descriptors."""

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import typer

from app.commands.failures import CommandError

# As of a program that ends by SIGPIPE.
BROKEN_PIPE_STATUS = 141


class _LossyStream(io.TextIOWrapper):
    """Loses what cannot be written: a full disk for messages fails no work."""

    def write(self, text: str) -> int:
        with suppress(OSError):
            super().write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            super().flush()


def prepare_output() -> None:
    """Let what cannot be encoded be printed as escapes, and open what the shell has closed.

    Otherwise the next file or connection would get the descriptor of stdout or stderr.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    if isinstance(error := sys.stderr, io.TextIOWrapper):
        sys.stderr = _LossyStream(
            error.buffer, encoding=error.encoding, errors=error.errors, line_buffering=True
        )


def print_result(text: str) -> None:
    """Print what the command was called for; raises CommandError if that cannot be written.

    If the reader has closed the pipe, as `head` does, the command ends quietly.
    """
    with _describing_failures():
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


def write_bytes(content: bytes) -> None:
    """Write a part of a file to standard output, with the errors of `print_result`."""
    with _describing_failures():
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()


@contextmanager
def _describing_failures() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        _discard_output()
        raise typer.Exit(BROKEN_PIPE_STATUS) from None
    except (OSError, ValueError) as error:
        _discard_output()
        reason = getattr(error, "strerror", None) or error
        raise CommandError(f"The output cannot be written: {reason}") from error


def report_done(text: str) -> None:
    """Print a line about work that is done, and so has not failed if the line is lost."""
    try:
        print_result(text)
    except typer.Exit:
        pass
    except CommandError as error:
        sys.stderr.write(f"{error}\n")


def _discard_output() -> None:
    """Drop what is buffered, which Python would try to write again at the exit."""
    sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
