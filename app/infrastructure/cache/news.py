"""What other machines changed, as Redis tells it."""

import asyncio

from redis.asyncio import Redis
from redis.asyncio.client import PubSub

from app.infrastructure.cache.generation_marks import EVERYTHING, GenerationMarks
from app.infrastructure.cache.redis_link import OUTAGE, CacheUnavailableError, RedisLink
from app.infrastructure.cache.shared_cache import SharedCache

QUIET_SECONDS = 1.0
PAUSE_SECONDS = 0.2


class News:
    """Changes the marks of this machine when another has changed what they stand for."""

    def __init__(self, *, link: RedisLink, shared: SharedCache, marks: GenerationMarks) -> None:
        self._link = link
        self._shared = shared
        self._marks = marks

    async def follow(self) -> None:
        """Listen for ever; what may have been missed in between makes everything doubtful."""
        while True:
            try:
                async with (await self._link.call(_itself)).pubsub() as channel:
                    await self._follow(channel)
            except CacheUnavailableError:
                pass
            except OUTAGE:
                # A server that comes back with a snapshot holds marks of long ago.
                self._marks.doubt_redis()
            await asyncio.sleep(PAUSE_SECONDS)

    async def _follow(self, channel: PubSub) -> None:
        async with asyncio.timeout(QUIET_SECONDS):
            await channel.subscribe(self._shared.channel)
        is_pinged = False
        while True:
            if not self._marks.redis_is_trusted:
                await self._link.call(self._shared.settle_doubt)
            message = await channel.get_message(timeout=QUIET_SECONDS)
            if message is None:
                if is_pinged:
                    raise TimeoutError
                await channel.ping()
            elif message["type"] == "subscribe":
                self._marks.change(EVERYTHING)
            elif message["type"] == "message":
                self._note(message["data"])
            is_pinged = message is None

    def _note(self, news: bytes) -> None:
        machine, *subjects = news.decode().split("\n")
        if machine != str(self._marks.machine):
            self._marks.change(*subjects)


async def _itself(redis: Redis) -> Redis:
    return redis
