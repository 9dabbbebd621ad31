"""Cache of values in the memory of one process."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from random import uniform
from typing import Generic, TypeVar

from app.infrastructure.cache.current_load import Load
from app.infrastructure.cache.generation_table import Generation, GenerationTable
from app.infrastructure.cache.heartbeat import MAX_STALENESS_SECONDS, Heartbeat

V = TypeVar("V")

MAX_BYTES = 16 * 1024 * 1024
ENTRY_BYTES = 800
"""Measured overhead of one cached response, added to the size of its content."""

# Without heartbeats their sum is the maximum age of a value, since an invalidation by another
# machine may be lost.
FRESH_SECONDS = (1.0, MAX_STALENESS_SECONDS - 0.2)
RENEWAL_SECONDS = 0.2
TTL_SHARE = (0.8, 1.0)


@dataclass(slots=True)
class _Entry(Generic[V]):
    value: V
    generation: Generation
    renew_at: float
    expires_at: float
    ends_at: float
    size: int


class LocalCache(Generic[V]):
    """Caches values while their generation is current and heartbeats arrive, up to `ttl_seconds`.

    A value may be used for at most two seconds; a heartbeat extends that without a reload. When
    it is due for renewal, the first caller gets None and reloads it. Other callers get the old
    value for RENEWAL_SECONDS more. Bytes are limited; the least recently used values are dropped
    first.
    """

    def __init__(
        self,
        *,
        generations: GenerationTable,
        heartbeat: Heartbeat,
        ttl_seconds: float,
        monotonic: Callable[[], float],
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self._generations = generations
        self._heartbeat = heartbeat
        self._ttl_seconds = ttl_seconds
        self._monotonic = monotonic
        self._max_bytes = max_bytes
        self._entries: OrderedDict[Hashable, _Entry[V]] = OrderedDict()
        self.size = 0
        self.hits = 0
        self.misses = 0

    def __len__(self) -> int:
        return len(self._entries)

    def start_load(self, tag: str) -> Load:
        """Call this before a value of the tag is loaded, and pass the result to `put`."""
        now = self._monotonic()
        ends_at = now + self._ttl_seconds * uniform(*TTL_SHARE)  # noqa: S311 - jitter
        return Load(self._generations.read(tag), now, ends_at)

    def find(self, key: Hashable) -> V | None:
        entry = self._entries.get(key)
        if entry is None:
            self.misses += 1
            return None
        if not self._generations.is_current(entry.generation):
            self._drop(key)
            self.misses += 1
            return None
        now = self._monotonic()
        if now >= entry.renew_at and not self._extend(entry, now):
            if now >= entry.expires_at:
                self._drop(key)
            entry.renew_at = entry.expires_at
            self.misses += 1
            return None
        self._entries.move_to_end(key)
        self.hits += 1
        return entry.value

    def contains(self, key: Hashable) -> bool:
        """Return whether there is a valid value, without using it."""
        entry = self._entries.get(key)
        if entry is None or not self._generations.is_current(entry.generation):
            return False
        valid_until = min(self._heartbeat.valid_until, entry.ends_at)
        return self._monotonic() < max(valid_until, entry.expires_at)

    def put(self, key: Hashable, value: V, load: Load, *, size: int) -> None:
        """Cache a value of `size` bytes, unless its generation has ended."""
        generation = load.generation
        if not self._generations.is_shared or not self._generations.is_current(generation):
            return
        if key in self._entries:
            self._drop(key)
        renew_at = load.started_at + uniform(*FRESH_SECONDS)  # noqa: S311 - jitter
        expires_at = min(load.ends_at, renew_at + RENEWAL_SECONDS)
        self._entries[key] = _Entry(
            value, generation, renew_at, expires_at, load.ends_at, size + ENTRY_BYTES
        )
        self.size += size + ENTRY_BYTES
        while self.size > self._max_bytes:
            self._drop(next(iter(self._entries)))

    def _extend(self, entry: _Entry[V], now: float) -> bool:
        """Extend the use of a value; return False if it is due for renewal."""
        valid_until = min(self._heartbeat.valid_until, entry.ends_at)
        if valid_until > entry.expires_at:
            entry.expires_at = valid_until
            entry.renew_at = valid_until - RENEWAL_SECONDS
        return now < entry.renew_at

    def _drop(self, key: Hashable) -> None:
        self.size -= self._entries.pop(key).size
