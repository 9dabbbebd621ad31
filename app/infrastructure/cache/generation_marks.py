"""Marks that tell whether what was cached is still true, shared by the processes of a machine."""

import logging
import mmap
import os
import stat
from pathlib import Path
from secrets import randbits
from tempfile import gettempdir
from typing import NamedTuple, Self
from zlib import crc32

logger = logging.getLogger(__name__)

SLOTS = 65_536
SLOT_BYTES = 8
FILE_BYTES = SLOTS * SLOT_BYTES

EVERYTHING = ""
"""The subject that every other is a part of."""

# The first slots are no subject's.
ALL, MACHINE, REDIS_DOUBT, REDIS_SETTLED, SUBJECTS = range(5)


class Mark(NamedTuple):
    """What a subject's slot held at some moment."""

    slot: int
    number: int


class GenerationMarks:
    """A random number per subject, in a memory-mapped file.

    Read a subject's mark, then load and keep what it is about: that is valid while the mark
    is present. Who changes a subject changes its mark afterwards, and then says so. Subjects
    may share a slot, which costs a needless load now and then. Any content is a valid one.
    """

    def __init__(self, memory: mmap.mmap, *, file: Path | None) -> None:
        self._table = memoryview(memory).cast("Q")
        self._file = file

    @classmethod
    def open(cls, file: Path) -> Self:
        """Open or make the file, however many do so at once; raises OSError."""
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(file, flags, 0o600)
        try:
            _require_own(descriptor)
            if os.fstat(descriptor).st_size < FILE_BYTES:
                # Appended, so that of several makers the first one's bytes count; written and
                # not only reserved, since a page without room on the disk would be fatal later.
                os.write(descriptor, os.urandom(FILE_BYTES))
            if os.fstat(descriptor).st_size < FILE_BYTES:
                raise OSError("no room for it")
            return cls(mmap.mmap(descriptor, FILE_BYTES), file=file)
        finally:
            os.close(descriptor)

    @classmethod
    def private(cls) -> Self:
        """Make marks that no other process sees: nothing must be cached by them."""
        return cls(mmap.mmap(-1, FILE_BYTES), file=None)

    @property
    def are_shared(self) -> bool:
        return self._file is not None

    @property
    def machine(self) -> int:
        """The same for all who share the marks, and for nobody else."""
        return self._table[MACHINE]

    def read(self, subject: str) -> Mark:
        slot = _slot(subject)
        return Mark(slot, self._table[slot] ^ self._table[ALL])

    def is_present(self, mark: Mark) -> bool:
        table = self._table
        return table[mark[0]] ^ table[ALL] == mark[1]

    def change(self, *subjects: str) -> None:
        for subject in subjects:
            self._table[_slot(subject)] = randbits(64)

    # Redis is doubted from a change that did not reach it until everything in it is invalid.

    @property
    def redis_doubt(self) -> int:
        """To be read before everything in Redis is made invalid, and given to `settle` then."""
        return self._table[REDIS_DOUBT]

    @property
    def redis_is_trusted(self) -> bool:
        return self._table[REDIS_DOUBT] == self._table[REDIS_SETTLED]

    def doubt_redis(self) -> None:
        self._table[REDIS_DOUBT] = randbits(64)

    def settle(self, doubt: int) -> None:
        """End this doubt; a younger one stays."""
        self._table[REDIS_SETTLED] = doubt


def open_marks(name: str) -> GenerationMarks:
    """Open the marks of this name and user, or private ones where there can be no file."""
    file = Path(gettempdir()) / f"{name}-{os.geteuid()}.marks"
    try:
        return GenerationMarks.open(file)
    except OSError as error:
        logger.error("Nothing is cached: %s cannot be used (%s)", file, error)  # noqa: TRY400
        return GenerationMarks.private()


def _require_own(descriptor: int) -> None:
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid():
        raise PermissionError("it is not a file of this user")


def _slot(subject: str) -> int:
    if subject == EVERYTHING:
        return ALL
    return SUBJECTS + crc32(subject.encode()) % (SLOTS - SUBJECTS)
