"""Values of the metrics of one process, in memory that other processes can read."""

import mmap
import os
import struct
from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeAlias

MEMORY_BYTES = 4 * 1024 * 1024
"""Address space; only what is used takes memory."""

_CHUNK_BYTES = 32 * 1024
_CELL_BYTES = 8
FIRST_RECORD = _CELL_BYTES
_HEADER = struct.Struct("=II")  # of a record: bytes of its key, number of its cells


Cells: TypeAlias = "memoryview[float]"


class Record(NamedTuple):
    """Key of a metric with its labels, and its values."""

    key: bytes
    values: Cells


class MetricMemory:
    """Records that are only appended; one process writes, several may read.

    The first cell has the number of bytes in use. It is raised when a record is complete, and
    every value is one aligned cell, so that a reader needs no lock and a killed writer leaves
    nothing half done.
    """

    def __init__(self, memory: mmap.mmap, *, allocate: Callable[[int, int], None]) -> None:
        self._bytes = memoryview(memory)
        self._used = self._bytes.cast("Q")
        self._values = self._bytes.cast("d")
        self._allocate = allocate

    @classmethod
    def private(cls) -> "MetricMemory":
        """Return memory that no other process can read."""
        return cls(mmap.mmap(-1, MEMORY_BYTES), allocate=lambda *_: None)

    @classmethod
    def of_file(cls, descriptor: int) -> "MetricMemory":
        """Map a file, and create its content if it is not complete; raises OSError."""

        def allocate(start: int, end: int) -> None:
            # Written, because access to a page without disk space would raise SIGBUS later.
            if os.pwrite(descriptor, bytes(end - start), start) < end - start:
                raise OSError("not enough disk space")

        # The process that began it may have been killed, or the disk was full.
        if os.fstat(descriptor).st_size != MEMORY_BYTES:
            allocate(0, _CHUNK_BYTES)
            os.ftruncate(descriptor, MEMORY_BYTES)
        return cls(mmap.mmap(descriptor, MEMORY_BYTES), allocate=allocate)

    def seal(self) -> None:
        """Refuse further records: the file that would be extended is about to be closed."""

        def refuse(*_: int) -> None:
            raise OSError("the process has ended")

        self._allocate = refuse

    def clear(self) -> None:
        """Forget all records."""
        self._used[0] = 0

    @property
    def end(self) -> int:
        """Offset after the last record."""
        return self._used[0] or FIRST_RECORD

    def append(self, key: bytes, cells: int) -> Cells:
        """Add a record with zeros and return its values; raises OSError if there is no space."""
        start = self.end
        values_start = start + _HEADER.size + _padded(len(key))
        end = values_start + cells * _CELL_BYTES
        self._require_space(end)
        _HEADER.pack_into(self._bytes, start, len(key), cells)
        self._bytes[start + _HEADER.size : start + _HEADER.size + len(key)] = key
        # A predecessor may have been killed after it had written here.
        self._bytes[values_start:end] = bytes(end - values_start)
        self._used[0] = end
        return self._cells(values_start, end)

    def records(self, start: int, end: int) -> Iterator[Record]:
        """Yield the records between two offsets: `FIRST_RECORD`, or what `end` was or is."""
        while start < end:
            key_bytes, cells = _HEADER.unpack_from(self._bytes, start)
            key_start = start + _HEADER.size
            values_start = key_start + _padded(key_bytes)
            start = values_start + cells * _CELL_BYTES
            key = bytes(self._bytes[key_start : key_start + key_bytes])
            yield Record(key, self._cells(values_start, start))

    def _cells(self, start: int, end: int) -> Cells:
        return self._values[start // _CELL_BYTES : end // _CELL_BYTES]

    def _require_space(self, end: int) -> None:
        allocated = -(-self.end // _CHUNK_BYTES) * _CHUNK_BYTES
        if end > MEMORY_BYTES:
            raise OSError("all memory for metrics is in use")
        if end > allocated:
            self._allocate(allocated, -(-end // _CHUNK_BYTES) * _CHUNK_BYTES)


def _padded(length: int) -> int:
    return -(-length // _CELL_BYTES) * _CELL_BYTES
