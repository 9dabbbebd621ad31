from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from random import uniform
from typing import Generic, TypeVar

from app.infrastructure.cache.generation_marks import GenerationMarks, Mark

V = TypeVar("V")

MAX_ENTRIES = 10_000
MAX_BYTES = 16 * 1024 * 1024
ENTRY_BYTES = 1_000

# How long a change on another machine may go unnoticed when the news of it is lost: the sum.
YOUNG_SECONDS = (1.0, 1.8)
RENEWAL_SECONDS = 0.2


@dataclass(slots=True)
class _Entry(Generic[V]):
    value: V
    mark: Mark
    renew_at: float
    until: float
    size: int


class LocalCache(Generic[V]):
    """Values of this process, each given out only while its mark is present and it is young.

    When one grows old, the first who asks is sent to renew it, and the others are given it for
    a moment longer. Bounded in entries and in bytes; the least recently used go first.
    """

    def __init__(
        self,
        *,
        marks: GenerationMarks,
        monotonic: Callable[[], float],
        max_entries: int = MAX_ENTRIES,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self._marks = marks
        self._monotonic = monotonic
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._entries: OrderedDict[Hashable, _Entry[V]] = OrderedDict()
        self.size = 0

    def __len__(self) -> int:
        return len(self._entries)

    def mark(self, subject: str) -> Mark:
        """Give what to `put` a value with that is loaded from now on."""
        return self._marks.read(subject)

    def find(self, key: Hashable) -> V | None:
        entry = self._entries.get(key)
        if entry is None:
            return None
        now = self._monotonic()
        if now >= entry.until or not self._marks.is_present(entry.mark):
            self._drop(key)
            return None
        if now >= entry.renew_at:
            entry.renew_at = entry.until
            return None
        self._entries.move_to_end(key)
        return entry.value

    def put(self, key: Hashable, value: V, mark: Mark, *, size: int) -> None:
        if not self._marks.are_shared or not self._marks.is_present(mark):
            return
        if key in self._entries:
            self._drop(key)
        renew_at = self._monotonic() + uniform(*YOUNG_SECONDS)  # noqa: S311 - jitter
        until = renew_at + RENEWAL_SECONDS
        self._entries[key] = _Entry(value, mark, renew_at, until, size + ENTRY_BYTES)
        self.size += size + ENTRY_BYTES
        while self.size > self._max_bytes or len(self._entries) > self._max_entries:
            self._drop(next(iter(self._entries)))

    def _drop(self, key: Hashable) -> None:
        self.size -= self._entries.pop(key).size
