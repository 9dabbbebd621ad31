"""Store values in Redis in the background, several in one exchange."""

import asyncio
from collections import deque
from functools import partial
from typing import NamedTuple

from redis.asyncio import Redis

from app.infrastructure.redis.redis_link import RedisLink, RedisUnavailableError

MAX_BYTES = 4 * 1024 * 1024
MAX_BATCH = 50


class StoredValue(NamedTuple):
    key: str
    data: bytes
    ttl_ms: int


class StoreQueue:
    """Sends what waits in batches, one at a time. What exceeds MAX_BYTES is not stored."""

    def __init__(self, link: RedisLink) -> None:
        self._link = link
        self._waiting: deque[StoredValue] = deque()
        self._size = 0
        self._sending: asyncio.Task[None] | None = None

    def put(self, value: StoredValue) -> None:
        if self._size + len(value.data) > MAX_BYTES:
            return
        self._size += len(value.data)
        self._waiting.append(value)
        if self._sending is None:
            self._sending = asyncio.create_task(self._send())

    async def aclose(self) -> None:
        if self._sending is not None:
            self._sending.cancel()
            await asyncio.gather(self._sending, return_exceptions=True)

    async def _send(self) -> None:
        try:
            while self._waiting:
                await self._send_batch(self._next_batch())
        finally:
            self._sending = None

    def _next_batch(self) -> list[StoredValue]:
        count = min(len(self._waiting), MAX_BATCH)
        batch = [self._waiting.popleft() for _ in range(count)]
        self._size -= sum(len(value.data) for value in batch)
        return batch

    async def _send_batch(self, batch: list[StoredValue]) -> None:
        try:
            await self._link.call(partial(_store, batch), purpose="store")
        except RedisUnavailableError:
            return


async def _store(batch: list[StoredValue], redis: Redis) -> None:
    if len(batch) == 1:  # the usual case of a quiet process, where a pipeline costs more
        (value,) = batch
        await redis.set(value.key, value.data, px=value.ttl_ms)
        return
    async with redis.pipeline(transaction=False) as pipeline:
        for value in batch:
            await pipeline.set(value.key, value.data, px=value.ttl_ms)
        await pipeline.execute()
