"""Receive the invalidations of other machines through Redis."""

import asyncio
from functools import partial
from secrets import token_hex
from time import monotonic
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import NoPermissionError

from app.infrastructure.cache.generation_table import ALL_TAGS, GenerationTable
from app.infrastructure.cache.heartbeat import INTERVAL_SECONDS, Heartbeat
from app.infrastructure.cache.redis_cache import RedisCache
from app.infrastructure.redis.redis_link import OUTAGE, RedisLink, RedisUnavailableError

SUBSCRIBE_SECONDS = 1.0
RETRY_SECONDS = 0.2

_UNKNOWN = b"unknown"


class InvalidationListener:
    """Applies the invalidations of other machines to the generations of this one.

    Messages are applied in the order in which Redis sends them, and a heartbeat of this process
    among them. Each process has a channel of its own for its heartbeats, so that their number
    grows with the number of processes and not with its square.
    """

    def __init__(
        self,
        *,
        link: RedisLink,
        shared: RedisCache,
        generations: GenerationTable,
        heartbeat: Heartbeat,
    ) -> None:
        self._link = link
        self._shared = shared
        self._generations = generations
        self._heartbeat = heartbeat
        self._heartbeat_channel = f"{shared.channel}:{token_hex(8)}"
        self._all_tags: bytes | None = _UNKNOWN
        self._next_heartbeat = 0.0

    async def run(self) -> None:
        """Listen until cancelled; after a lost connection the shared cache counts as stale."""
        while True:
            try:
                async with (await self._link.call(_client)).pubsub() as pubsub:
                    await self._subscribe(pubsub)
                    await self._listen(pubsub)
            except RedisUnavailableError:
                pass
            except OUTAGE as error:
                # A server that restarts from a snapshot holds old generations.
                self._generations.mark_shared_stale()
                if isinstance(error, NoPermissionError):
                    self._link.report_failure(error)
            await asyncio.sleep(RETRY_SECONDS)

    async def _subscribe(self, pubsub: PubSub) -> None:
        channels = (self._shared.channel, self._heartbeat_channel)
        async with asyncio.timeout(SUBSCRIBE_SECONDS):
            await pubsub.subscribe(*channels)
            for _ in channels:
                await pubsub.get_message(timeout=None)
        # What was published before the subscription has not arrived.
        self._generations.invalidate(ALL_TAGS)
        self._all_tags = _UNKNOWN
        self._heartbeat.record_subscribed()

    async def _listen(self, pubsub: PubSub) -> None:
        while True:
            if not self._generations.shared_is_current:
                await self._link.call(self._shared.flush)
            if monotonic() >= self._next_heartbeat:
                await self._send_heartbeat()
            pause = max(0.0, self._next_heartbeat - monotonic())
            message = await pubsub.get_message(timeout=pause)
            if message is not None:
                self._apply(message)

    async def _send_heartbeat(self) -> None:
        sent_at, message = monotonic(), self._heartbeat.next_message()
        self._next_heartbeat = sent_at + INTERVAL_SECONDS
        publish = partial(self._shared.publish_heartbeat, self._heartbeat_channel, message)
        try:
            all_tags = await self._link.call(publish)
        except RedisUnavailableError:
            return
        # Redis was emptied, or restored, or flushed by a machine that could not publish.
        if all_tags != self._all_tags:
            self._generations.invalidate(ALL_TAGS)
            self._all_tags = all_tags
        self._heartbeat.record_sent(message, sent_at=sent_at)
        if self._heartbeat.is_lost:
            raise TimeoutError

    def _apply(self, message: dict[str, Any]) -> None:
        if message["type"] != "message":
            # redis-py has connected and subscribed again by itself: messages may be lost.
            raise ConnectionError
        if message["channel"] == self._heartbeat_channel.encode():
            self._heartbeat.record_received(message["data"])
            return
        machine_id, *tags = message["data"].decode().split("\n")
        if machine_id != str(self._generations.machine_id):
            self._generations.invalidate(*tags)


async def _client(redis: Redis) -> Redis:
    return redis
