"""Generation number per cache tag, in a memory-mapped file shared by the workers of a machine."""

import logging
import mmap
import os
import stat
from pathlib import Path
from secrets import randbits
from tempfile import gettempdir
from typing import NamedTuple, Self
from zlib import crc32

from app.utils.platform_support import (
    BINARY_MODE,
    CLOSE_ON_EXEC,
    NO_SYMBOLIC_LINK,
    effective_user_id,
)

logger = logging.getLogger(__name__)

CELLS = 65_536
CELL_BYTES = 8
FILE_BYTES = CELLS * CELL_BYTES

ALL_TAGS = ""
"""Pseudo-tag: its invalidation invalidates every tag."""

# Indexes of the reserved cells; tags use the cells from FIRST_TAG_CELL on.
ALL_CELL, MACHINE_ID_CELL, STALE_CELL, FLUSHED_CELL, FIRST_TAG_CELL = range(5)


class Generation(NamedTuple):
    """Cell of a tag, and the number in it when it was read."""

    cell: int
    number: int


class GenerationTable:
    """A random number per tag; a cached value is valid while the number of its tag is the same.

    A reader reads the generation of a tag, then loads the value and caches it with that
    generation. A writer commits, then invalidates the tag, then responds. Tags may share a cell;
    a collision only causes an additional load. The file needs no initial content: any bytes are
    valid generations.
    """

    def __init__(self, memory: mmap.mmap, *, file: Path | None) -> None:
        self._table = memoryview(memory).cast("Q")
        self._file = file

    @classmethod
    def map(cls, file: Path) -> Self:
        """Map the file, and create it if needed; safe for concurrent processes; raises OSError."""
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND
        flags |= NO_SYMBOLIC_LINK | CLOSE_ON_EXEC | BINARY_MODE
        descriptor = os.open(file, flags, 0o600)
        try:
            _require_own_file(descriptor)
            if os.fstat(descriptor).st_size < FILE_BYTES:
                # O_APPEND: with concurrent creators, the first FILE_BYTES count. Written instead
                # of truncated: access to a page without disk space would raise SIGBUS later.
                os.write(descriptor, os.urandom(FILE_BYTES))
            if os.fstat(descriptor).st_size < FILE_BYTES:
                raise OSError("not enough disk space")
            return cls(mmap.mmap(descriptor, FILE_BYTES), file=file)
        finally:
            os.close(descriptor)

    @classmethod
    def private(cls) -> Self:
        """Create a table that other processes do not see; nothing may be cached with it."""
        return cls(mmap.mmap(-1, FILE_BYTES), file=None)

    @property
    def is_shared(self) -> bool:
        return self._file is not None

    @property
    def machine_id(self) -> int:
        """Random ID, equal in all processes that share the table."""
        return self._table[MACHINE_ID_CELL]

    def read(self, tag: str) -> Generation:
        cell = _cell(tag)
        # XOR: a change of either cell changes the generation.
        return Generation(cell, self._table[cell] ^ self._table[ALL_CELL])

    def is_current(self, generation: Generation) -> bool:
        # Indexes instead of names, because every cached response passes here.
        table = self._table
        return table[generation[0]] ^ table[ALL_CELL] == generation[1]

    def invalidate(self, *tags: str) -> None:
        """Store a new random number for each tag."""
        for tag in tags:
            self._table[_cell(tag)] = randbits(64)

    # The shared cache is stale from an invalidation that did not reach it until it is flushed.

    @property
    def shared_is_current(self) -> bool:
        return self._table[STALE_CELL] == self._table[FLUSHED_CELL]

    def mark_shared_stale(self) -> None:
        self._table[STALE_CELL] = randbits(64)

    @property
    def flush_ticket(self) -> int:
        """Read this before a flush of the shared cache, and pass it to `confirm_flushed`."""
        return self._table[STALE_CELL]

    def confirm_flushed(self, ticket: int) -> None:
        """Make the shared cache current, unless it was marked stale after the ticket was read."""
        self._table[FLUSHED_CELL] = ticket


def map_generation_table(name: str) -> GenerationTable:
    """Map the table of this name and user; fall back to a private one, which disables caching."""
    # Do not rename the file: during a deployment, older versions run on the same machine.
    file = Path(f"{name}-{effective_user_id()}.marks")
    try:
        # Raises FileNotFoundError where no directory can be written to.
        file = Path(gettempdir()) / file
        return GenerationTable.map(file)
    except OSError as error:
        logger.error("Caching is disabled: %s cannot be used (%s)", file, error)  # noqa: TRY400
        return GenerationTable.private()


def _require_own_file(descriptor: int) -> None:
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode) or status.st_uid != effective_user_id():
        raise PermissionError("not a regular file owned by this user")


def _cell(tag: str) -> int:
    if tag == ALL_TAGS:
        return ALL_CELL
    return FIRST_TAG_CELL + crc32(tag.encode()) % (CELLS - FIRST_TAG_CELL)
