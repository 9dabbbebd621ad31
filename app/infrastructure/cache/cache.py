"""Cache-aside reads of loaded values; `docs/CACHING.md` explains why they are coherent."""

from collections.abc import Callable, Coroutine
from functools import partial
from math import inf
from time import monotonic
from typing import Any, Generic, Protocol, TypeVar, cast

import msgspec

from app.infrastructure.cache.current_load import limit_current_load
from app.infrastructure.cache.generation_table import Generation, GenerationTable
from app.infrastructure.cache.heartbeat import Heartbeat
from app.infrastructure.cache.shared_cache import SharedCache
from app.infrastructure.metrics.sampling import count_by_sampling
from app.ports.metrics import Metrics
from app.utils.single_flight import SingleFlight

T = TypeVar("T")


class Codec(Protocol, Generic[T]):
    def encode(self, value: T) -> bytes: ...

    def decode(self, data: bytes) -> T:
        """Raise msgspec.DecodeError for data that is not valid."""
        ...


class Cache:
    """Loads values through the shared cache; concurrent callers of one key share one load."""

    def __init__(
        self, *, generations: GenerationTable, shared: SharedCache | None, metrics: Metrics
    ) -> None:
        self.generations = generations
        self.heartbeat = Heartbeat()
        self._shared = shared
        self._metrics = metrics
        self._flights: SingleFlight[tuple[str, Generation], Any] = SingleFlight()
        self._lookups = {
            outcome: metrics.counter("cache_lookups_total", level="shared", outcome=outcome)
            for outcome in ("hit", "miss", "unavailable")
        }
        count_by_sampling(
            metrics, metrics.counter("cache_single_flights_total"), lambda: self._flights.shared
        )

    async def get_or_load(
        self, tag: str, key: str, codec: Codec[T], load: Callable[[], Coroutine[Any, Any, T]]
    ) -> T:
        """Return the cached value of `key`, or the result of `load`, cached until `tag` changes.

        No returned value was loaded before the last invalidation of the tag.
        """
        # Without the table that all processes of the machine share, invalidations by the others
        # would not be seen here.
        if not self.generations.is_shared:
            return await load()
        # With the generation in the key, no caller joins a load that began before an
        # invalidation which that caller has seen.
        flight_key: tuple[str, Generation] = (key, self.generations.read(tag))
        if self._shared is None:
            return cast("T", await self._flights.run(flight_key, load))
        call = partial(self._find_or_load, self._shared, tag, key, codec, load)
        value, ends_at = await self._flights.run(flight_key, call)
        limit_current_load(ends_at)
        return cast("T", value)

    async def invalidate(self, *tags: str) -> None:
        """Invalidate the tags; call this after the commit and before the response is sent.

        The shared cache is invalidated first: a stale value that is read from it in between is
        stored under a local generation that is about to end.
        """
        try:
            if self._shared is not None:
                await self._shared.invalidate(*tags)
        finally:
            self.generations.invalidate(*tags)

    async def aclose(self) -> None:
        await self._flights.aclose()
        if self._shared is not None:
            await self._shared.aclose()

    async def _find_or_load(
        self,
        shared: SharedCache,
        tag: str,
        key: str,
        codec: Codec[T],
        load: Callable[[], Coroutine[Any, Any, T]],
    ) -> tuple[T, float]:
        """Return the value, and the time until which it may be used."""
        asked_at = monotonic()
        cached = await shared.find(tag, key)
        if cached.data is not None:
            try:
                value = codec.decode(cached.data)
            except msgspec.DecodeError:
                self._metrics.increment("cache_decode_failures_total")
            else:
                self._lookups["hit"].add()
                return value, asked_at + cached.expires_in
        self._lookups["miss" if cached.stamp is not None else "unavailable"].add()
        value = await load()
        # None: the shared cache is unavailable, so nothing can be stored.
        if cached.stamp is not None:
            shared.store(key, codec.encode(value), cached.stamp)
        return value, inf
