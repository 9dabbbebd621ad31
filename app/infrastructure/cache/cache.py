"""What the process keeps of what it has loaded; `docs/CACHING.md` says why it is coherent."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import partial
from hashlib import sha256
from typing import Any, Generic, Protocol, TypeVar
from urllib.parse import urlsplit

import msgspec

from app.config.settings import Settings
from app.infrastructure.cache.generation_marks import GenerationMarks, Mark, open_marks
from app.infrastructure.cache.local_cache import LocalCache
from app.infrastructure.cache.news import News
from app.infrastructure.cache.redis_link import RedisLink
from app.infrastructure.cache.shared_cache import SharedCache
from app.utils.single_flight import SingleFlight

T = TypeVar("T")


class Codec(Protocol, Generic[T]):
    def encode(self, value: T) -> bytes: ...

    def decode(self, data: bytes) -> T:
        """Raise msgspec.DecodeError for what it cannot read."""
        ...


class Cache:
    """Loads through Redis, once for all who ask at a time, and spreads the news of changes."""

    def __init__(self, *, marks: GenerationMarks, shared: SharedCache | None) -> None:
        self.marks = marks
        self._shared = shared
        self._flights: SingleFlight[tuple[str, Mark], Any] = SingleFlight()
        self.local: LocalCache[Any] = LocalCache(marks=marks, monotonic=time.monotonic)

    async def get(
        self, subject: str, key: str, codec: Codec[T], load: Callable[[], Coroutine[Any, Any, T]]
    ) -> T:
        """Give what `load` gives, or gave since the subject was last changed."""
        if not self.marks.are_shared:
            return await load()
        # With the mark in the key nobody joins a flight that set out before a change he knows of.
        flight: tuple[str, Mark] = (key, self.marks.read(subject))
        call = load
        if self._shared is not None:
            call = partial(_find_or_load, self._shared, subject, key, codec, load)
        value: T = await self._flights.run(flight, call)
        return value

    async def changed(self, *subjects: str) -> None:
        """Be told after the change is committed and before anybody is answered.

        Far marks change first: what a reader takes from there meanwhile, he keeps under a near
        mark that is about to change.
        """
        try:
            if self._shared is not None:
                await self._shared.change(*subjects)
        finally:
            self.marks.change(*subjects)

    async def aclose(self) -> None:
        await self._flights.aclose()


async def _find_or_load(
    shared: SharedCache,
    subject: str,
    key: str,
    codec: Codec[T],
    load: Callable[[], Coroutine[Any, Any, T]],
) -> T:
    stored, stamp = await shared.find(subject, key)
    if stored is not None:
        try:
            return codec.decode(stored)
        except msgspec.DecodeError:
            pass
    value = await load()
    if stamp is not None:
        await shared.store(key, codec.encode(value), stamp)
    return value


@asynccontextmanager
async def open_cache(settings: Settings, link: RedisLink | None) -> AsyncIterator[Cache]:
    url = settings.database_url.get_secret_value()
    digest = sha256(url.encode()).hexdigest()[:16]
    marks = open_marks(f"{settings.service_name}-{digest}")
    if link is None:
        cache = Cache(marks=marks, shared=None)
        yield cache
        await cache.aclose()
        return
    shared = SharedCache(
        link=link,
        marks=marks,
        # Not the whole URL: the same database may be reached by several.
        namespace=f"{settings.service_name}:{urlsplit(url).path.strip('/')}",
        life_seconds=settings.cache_ttl_seconds,
    )
    link.on_return(shared.settle_doubt)
    cache = Cache(marks=marks, shared=shared)
    following = asyncio.create_task(News(link=link, shared=shared, marks=marks).follow())
    try:
        yield cache
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        await cache.aclose()
