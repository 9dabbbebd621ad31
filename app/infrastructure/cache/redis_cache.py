"""Shared cache in Redis: values are stamped with the generations read before their load."""

import asyncio
from collections.abc import Iterable
from functools import partial
from random import uniform
from secrets import token_bytes

from redis.asyncio import Redis

from app.infrastructure.cache.find_script import Found, Lookup, find
from app.infrastructure.cache.generation_table import ALL_TAGS, GenerationTable
from app.infrastructure.cache.shared_cache import CachedValue
from app.infrastructure.cache.store_queue import StoredValue, StoreQueue
from app.infrastructure.redis.redis_link import RedisLink, RedisUnavailableError
from app.utils.batcher import Batcher

GENERATION_BYTES = 8
MAX_BATCH = 100
UNAVAILABLE = CachedValue(None, None)


class RedisCache:
    """A SharedCache that keeps generations like those of GenerationTable, for all machines.

    A value begins with its stamp: the generations of ALL_TAGS and of its tag. A generation that
    Redis has lost is replaced by a new one, which invalidates the values of the tag. After an
    invalidation that did not reach Redis, this machine does not read from it until `flush`.
    """

    def __init__(
        self, *, link: RedisLink, generations: GenerationTable, namespace: str, ttl_seconds: float
    ) -> None:
        self._link = link
        self._generations = generations
        self._namespace = namespace
        self._ttl_seconds = ttl_seconds
        # A generation outlives the values of its tag; that of all tags never expires.
        self._generation_ttl_ms = max(1, int(ttl_seconds * 2000))
        self._lookups: Batcher[Lookup, CachedValue] = Batcher(self._find_all, max_batch=MAX_BATCH)
        self._stores = StoreQueue(link)
        self.channel = f"{namespace}:changes"
        """All keys and channels begin with SERVICE_NAME, to which a Redis user can be limited."""

    async def find(self, tag: str, key: str) -> CachedValue:
        if not self._generations.shared_is_current:
            return UNAVAILABLE
        return await self._lookups.submit(Lookup(self._generation_key(tag), self._value_key(key)))

    def store(self, key: str, value: bytes, stamp: bytes) -> None:
        seconds = self._ttl_seconds * uniform(0.8, 1)  # noqa: S311 - jitter
        milliseconds = max(1, int(seconds * 1000))
        self._stores.put(StoredValue(self._value_key(key), stamp + value, milliseconds))

    async def aclose(self) -> None:
        await self._lookups.aclose()
        await self._stores.aclose()

    async def invalidate(self, *tags: str) -> None:
        """Invalidate all values of the tags and notify the other machines."""
        try:
            await self._link.call(partial(self._invalidate, tags), purpose="invalidate")
        except RedisUnavailableError:
            self._generations.mark_shared_stale()
        except asyncio.CancelledError:
            self._generations.mark_shared_stale()
            raise

    async def check_access(self, redis: Redis) -> None:
        """Use every command of this cache; raises an error of Redis if a right is missing."""
        key = f"{self._namespace}:check"
        await redis.set(key, b"", px=1000)
        await redis.mget(self._generation_key(ALL_TAGS), key)
        await redis.get(key)
        await redis.pttl(key)
        await self._find([Lookup(key, key)], redis)
        # A message without tags invalidates nothing.
        await redis.publish(self.channel, str(self._generations.machine_id))
        async with redis.pubsub() as pubsub:
            await pubsub.subscribe(self.channel)
            await pubsub.get_message(timeout=None)

    async def flush(self, redis: Redis) -> None:
        """Invalidate all values in Redis, so that this machine may read from it again."""
        ticket = self._generations.flush_ticket
        await redis.set(self._generation_key(ALL_TAGS), token_bytes(GENERATION_BYTES))
        self._generations.confirm_flushed(ticket)

    async def publish_heartbeat(self, channel: str, message: bytes, redis: Redis) -> bytes | None:
        """Publish the message, and return the generation of all tags at that time."""
        async with redis.pipeline(transaction=False) as pipeline:
            await pipeline.publish(channel, message)
            await pipeline.get(self._generation_key(ALL_TAGS))
            _, generation = await pipeline.execute()
        return generation  # type: ignore[no-any-return] # redis-py's types do not know the reply

    async def _find_all(self, lookups: list[Lookup]) -> list[CachedValue]:
        try:
            found = await self._link.call(partial(self._find, lookups), purpose="find")
        except RedisUnavailableError:
            return [UNAVAILABLE] * len(lookups)
        return [_cached_value(each) for each in found]

    async def _find(self, lookups: list[Lookup], redis: Redis) -> list[Found]:
        new, ttl_ms = token_bytes(GENERATION_BYTES), self._generation_ttl_ms
        return await find(redis, self._generation_key(ALL_TAGS), lookups, new=new, ttl_ms=ttl_ms)

    async def _invalidate(self, tags: Iterable[str], redis: Redis) -> None:
        async with redis.pipeline(transaction=False) as pipeline:
            for tag in tags:
                generation = token_bytes(GENERATION_BYTES)
                ttl = None if tag == ALL_TAGS else self._generation_ttl_ms
                await pipeline.set(self._generation_key(tag), generation, px=ttl)
            message = "\n".join([str(self._generations.machine_id), *tags])
            await pipeline.publish(self.channel, message)
            await pipeline.execute()

    # Do not rename the keys: during a deployment, older versions use the same ones.

    def _generation_key(self, tag: str) -> str:
        return f"{self._namespace}:mark:{tag}"

    def _value_key(self, key: str) -> str:
        return f"{self._namespace}:value:{key}"


def _cached_value(found: Found) -> CachedValue:
    stamp, value, expires_in = found
    if value is not None and value.startswith(stamp):
        return CachedValue(value[len(stamp) :], stamp, expires_in)
    return CachedValue(None, stamp)
