"""Values in Redis, each stamped with the marks that were there before it was loaded."""

import asyncio
from collections.abc import Iterable
from functools import partial
from random import uniform
from secrets import token_bytes
from typing import Any

from redis.asyncio import Redis

from app.infrastructure.cache.generation_marks import EVERYTHING, GenerationMarks
from app.infrastructure.cache.redis_link import CacheUnavailableError, RedisLink

MARK_BYTES = 8


class SharedCache:
    """The scheme of GenerationMarks again, for all machines.

    A mark that is missing is made anew, so nothing that Redis forgets does harm. What might
    have been changed without Redis knowing makes this machine doubt it, until the mark of
    everything has been changed.
    """

    def __init__(
        self, *, link: RedisLink, marks: GenerationMarks, namespace: str, life_seconds: float
    ) -> None:
        self._link = link
        self._marks = marks
        self._namespace = namespace
        self._life_seconds = life_seconds
        self.channel = f"{namespace}:changes"

    async def find(self, subject: str, key: str) -> tuple[bytes | None, bytes | None]:
        """Give the value, if there is a valid one, and the stamp to store a new one with."""
        if not self._marks.redis_is_trusted:
            return None, None
        try:
            return await self._link.call(partial(self._find, subject, key))
        except CacheUnavailableError:
            return None, None

    async def store(self, key: str, value: bytes, stamp: bytes) -> None:
        seconds = self._life_seconds * uniform(0.8, 1)  # noqa: S311 - jitter
        name, milliseconds = self._value_name(key), max(1, int(seconds * 1000))
        try:
            await self._link.call(lambda redis: redis.set(name, stamp + value, px=milliseconds))
        except CacheUnavailableError:
            return

    async def change(self, *subjects: str) -> None:
        """Make all that is stored about the subjects invalid, and tell the other machines."""
        try:
            await self._link.call(partial(self._change, subjects))
        except CacheUnavailableError:
            self._marks.doubt_redis()
        except asyncio.CancelledError:
            self._marks.doubt_redis()
            raise

    async def settle_doubt(self, redis: Redis) -> None:
        """Make everything in Redis invalid, so that it can be trusted again."""
        doubt = self._marks.redis_doubt
        await redis.set(self._mark_name(EVERYTHING), token_bytes(MARK_BYTES))
        self._marks.settle(doubt)

    async def _find(
        self, subject: str, key: str, redis: Redis
    ) -> tuple[bytes | None, bytes | None]:
        subjects = (EVERYTHING, subject)
        names = map(self._mark_name, subjects)
        # Any, since redis-py's types do not know that nothing is decoded here.
        found: list[Any] = await redis.mget(*names, self._value_name(key))
        stamp, value = b"", found.pop()
        for each, mark in zip(subjects, found, strict=True):
            present = mark or await self._made_mark(redis, each)
            if present is None:
                return None, None
            stamp += present
        if value is not None and value.startswith(stamp):
            return value[len(stamp) :], stamp
        return None, stamp

    async def _made_mark(self, redis: Redis, subject: str) -> bytes | None:
        """Give None if another was quicker."""
        mark, life = token_bytes(MARK_BYTES), self._mark_life(subject)
        is_made = await redis.set(self._mark_name(subject), mark, nx=True, px=life)
        return mark if is_made else None

    async def _change(self, subjects: Iterable[str], redis: Redis) -> None:
        async with redis.pipeline(transaction=False) as pipeline:
            for subject in subjects:
                mark, life = token_bytes(MARK_BYTES), self._mark_life(subject)
                await pipeline.set(self._mark_name(subject), mark, px=life)
            await pipeline.publish(self.channel, "\n".join([str(self._marks.machine), *subjects]))
            await pipeline.execute()

    def _mark_life(self, subject: str) -> int | None:
        """In milliseconds: a mark outlives its values, and that of everything stays."""
        return None if subject == EVERYTHING else max(1, int(self._life_seconds * 2000))

    # Braces: a Redis Cluster must keep what is read together in one place.

    def _mark_name(self, subject: str) -> str:
        return f"{{{self._namespace}}}:mark:{subject}"

    def _value_name(self, key: str) -> str:
        return f"{{{self._namespace}}}:value:{key}"
