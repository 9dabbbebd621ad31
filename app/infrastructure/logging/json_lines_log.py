import logging
import os
import re
from pathlib import Path

from app.utils.json_text import to_json
from app.utils.platform_support import BINARY_MODE

logger = logging.getLogger(__name__)

# Valid in JSON strings, but terminals execute some of them and some readers end lines at others.
_UNSAFE = re.compile("[\x7f-\x9f\u2028\u2029]")


class JsonLinesLog:
    """A file of JSON lines that several processes append to and that logrotate may move.

    Each line is one os.write on an O_APPEND descriptor, which POSIX does not interleave. Lines
    that cannot be written (a full disk) are counted; `write` never raises OSError.
    """

    def __init__(self, path: str) -> None:
        self._path = Path(path)
        self._descriptor: int | None = None
        self._is_torn = False
        self.dropped = 0
        self.lost = 0
        """Lines that were lost since the start; `dropped` counts those since the last success."""

    def write(self, record: object) -> None:
        line = _line(record)
        try:
            self._reopen_if_moved()
            self._append(line)
        except OSError as error:
            self._count_loss(error)
        else:
            self._report_recovery()

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _reopen_if_moved(self) -> None:
        if self._descriptor is not None:
            try:
                if self._path.stat().st_ino == os.fstat(self._descriptor).st_ino:
                    return
            except FileNotFoundError:
                pass
            self.close()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | BINARY_MODE
        self._descriptor = os.open(self._path, flags, 0o640)

    def _append(self, line: bytes) -> None:
        assert self._descriptor is not None  # noqa: S101 - opened just before
        if self._is_torn:
            line = b"\n" + line
        written = os.write(self._descriptor, line)
        self._is_torn = written < len(line)
        if self._is_torn:
            raise OSError("only a part of the line was written")

    def _count_loss(self, error: OSError) -> None:
        if self.dropped == 0:
            logger.error(
                "Lines for %s cannot be written and are lost: %s",
                self._path,
                error.strerror or error,
            )
        self.dropped += 1
        self.lost += 1

    def _report_recovery(self) -> None:
        if self.dropped:
            logger.error("%d lines for %s were lost", self.dropped, self._path.name)
            self.dropped = 0


def _line(record: object) -> bytes:
    text = to_json(record).decode()
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text).encode() + b"\n"
