"""Slot files: each worker of a supervisor has its metrics in one, in a directory they share."""

import logging
import os
from collections.abc import Iterator
from pathlib import Path

from app.infrastructure.metrics.memory import MEMORY_BYTES, MetricMemory
from app.infrastructure.metrics.private_directory import (
    is_locked_by_other,
    lock,
    locked,
    open_file,
    release,
)
from app.infrastructure.metrics.records import is_readable

logger = logging.getLogger(__name__)

MAX_WORKERS = 256
_SLOT_SUFFIX = ".slot"


class WorkerSlots:
    """The slots in a directory; the last worker to leave removes it.

    A worker holds a lock on its slot for as long as it lives. A new worker takes the first slot
    that is free, with the counts of its predecessor. Methods raise OSError.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._own: MetricMemory | None = None
        self._own_name = ""
        self._held: list[int] = []
        self._others: dict[str, tuple[int, MetricMemory]] = {}

    def join(self) -> MetricMemory:
        """Take a slot, and return its memory."""
        with locked(self._directory):
            for number in range(MAX_WORKERS):
                name = f"{number}{_SLOT_SUFFIX}"
                if (descriptor := self._hold(name)) is not None:
                    self._own_name, self._own = name, _open_own(descriptor)
                    return self._own
        raise OSError("there are too many workers")

    def take_role(self, name: str) -> bool:
        """Return whether this worker now has a role that only one has, until it leaves."""
        return self._hold(name) is not None

    def others(self) -> Iterator[tuple[MetricMemory, bool]]:
        """Yield the memory of each other slot, and whether a worker has it now."""
        with locked(self._directory):
            self._open_others()
            found = [
                (memory, is_locked_by_other(descriptor))
                for descriptor, memory in self._others.values()
            ]
        yield from found

    def leave(self) -> None:
        """Free the slot; its counts stay for a successor while other workers run."""
        with locked(self._directory):
            if self._own is not None:
                self._own.seal()
            for descriptor in (*self._held, *(each for each, _ in self._others.values())):
                release(descriptor)
            self._remove_if_unused()

    def remove_if_unused(self) -> None:
        """Remove what workers that were killed have left."""
        with locked(self._directory):
            self._remove_if_unused()

    def _hold(self, name: str) -> int | None:
        descriptor = open_file(self._directory / name)
        if lock(descriptor):
            self._held.append(descriptor)
            return descriptor
        release(descriptor)
        return None

    def _open_others(self) -> None:
        for file in self._slot_files():
            if file.name != self._own_name and file.name not in self._others:
                descriptor = open_file(file)
                if (memory := _open_complete(descriptor)) is not None:
                    self._others[file.name] = descriptor, memory
                else:
                    release(descriptor)

    def _slot_files(self) -> list[Path]:
        return sorted(self._directory.glob(f"*{_SLOT_SUFFIX}"))

    def _remove_if_unused(self) -> None:
        if any(map(_is_held, self._slot_files())):
            return
        for file in self._directory.iterdir():
            file.unlink()
        self._directory.rmdir()


def _open_own(descriptor: int) -> MetricMemory:
    memory = MetricMemory.of_file(descriptor)
    if not is_readable(memory):
        logger.warning("The counts of an earlier worker are lost: its slot cannot be read")
        memory.clear()
    return memory


def _open_complete(descriptor: int) -> MetricMemory | None:
    """Map the slot of another worker; None if nothing in it can be read."""
    if os.fstat(descriptor).st_size != MEMORY_BYTES:
        return None
    memory = MetricMemory.of_file(descriptor)
    return memory if is_readable(memory) else None


def _is_held(slot: Path) -> bool:
    descriptor = open_file(slot)
    try:
        return is_locked_by_other(descriptor)
    finally:
        release(descriptor)
