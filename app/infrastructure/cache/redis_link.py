"""Redis as something that may be away: every use is bounded, and an outage costs nothing."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import monotonic
from typing import TypeVar

from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.config.settings import Settings
from app.infrastructure.health import CheckResult
from app.utils.patience import patience

logger = logging.getLogger(__name__)

T = TypeVar("T")

OUTAGE = (RedisError, OSError, TimeoutError, UnicodeError)
PROBE_KEY = "redis-link:probe"
PROBE_LIFE_SECONDS = 60
MAX_CONCURRENT_CALLS = 32


class CacheUnavailableError(Exception):
    """Redis cannot be used now: go on without it."""


@dataclass(frozen=True, kw_only=True)
class LinkTiming:
    """In seconds."""

    queue: float = 0.05
    call: float = 0.1
    connect: float = 1.0
    on_return: float = 1.0
    interval: float = 0.5


TIMING = LinkTiming()


class RedisLink:
    """Trusts Redis until it fails once, and then again when a probe has written to it.

    Every failure counts, whatever its kind: a replica that cannot be written to and a server
    without memory would serve what can no longer be corrected.
    """

    def __init__(self, client: Redis, *, timing: LinkTiming) -> None:
        self._client = client
        self._timing = timing
        self._callbacks: list[Callable[[Redis], Awaitable[None]]] = []
        # Not a BlockingConnectionPool, which can lose a connection when a timeout hits it.
        self._slots = asyncio.Semaphore(MAX_CONCURRENT_CALLS)
        self._condition = ""
        self._era = 0
        self._checked = CheckResult.never("unavailable")

    @property
    def is_up(self) -> bool:
        return self._checked.status == "healthy"

    @property
    def health(self) -> CheckResult:
        return self._checked

    def on_return(self, callback: Callable[[Redis], Awaitable[None]]) -> None:
        """Have it awaited each time before Redis is used again after an outage."""
        self._callbacks.append(callback)

    async def call(self, work: Callable[[Redis], Awaitable[T]]) -> T:
        """Raise CacheUnavailableError after 150 ms at most; at once while Redis is known away.

        A third of that is for waiting behind other calls, which is not held against Redis.
        """
        if not self.is_up:
            raise CacheUnavailableError
        era = self._era
        async with self._slot():
            # What began before an outage says nothing about the time after it.
            if era != self._era:
                raise CacheUnavailableError
            started = monotonic()
            try:
                return await self._bounded(work)
            except OUTAGE as error:
                if era == self._era:
                    self._note_down(error, seconds=monotonic() - started)
                raise CacheUnavailableError from error

    async def watch(self) -> None:
        """Probe for ever."""
        while True:
            await asyncio.sleep(self._timing.interval)
            await self.probe()

    async def probe(self) -> None:
        """Find out whether Redis can be reached and written to, quickly enough to be of use."""
        started = monotonic()
        try:
            if not self.is_up:
                await self._renew()
            written_at = monotonic()
            await self._bounded(lambda redis: redis.set(PROBE_KEY, "", ex=PROBE_LIFE_SECONDS))
            if not self.is_up:
                await self._return()
        except Exception as error:  # noqa: BLE001 - no callback's defect may end the watch
            self._note_down(error, seconds=monotonic() - started)
        else:
            self._note_up(seconds=monotonic() - written_at)

    async def _renew(self) -> None:
        """Connect anew: connections from before an outage may never say anything again."""
        async with asyncio.timeout(self._timing.connect):
            await self._client.connection_pool.disconnect(inuse_connections=False)
            await self._client.ping()

    async def _return(self) -> None:
        async with asyncio.timeout(self._timing.on_return):
            for callback in self._callbacks:
                await callback(self._client)

    @asynccontextmanager
    async def _slot(self) -> AsyncIterator[None]:
        if self._slots.locked():
            await self._wait_for_slot()
        else:
            await self._slots.acquire()
        try:
            yield
        finally:
            self._slots.release()

    async def _wait_for_slot(self) -> None:
        try:
            async with asyncio.timeout(None) as timeout:
                with patience(timeout, seconds=self._timing.queue):
                    await self._slots.acquire()
        except TimeoutError as error:
            raise CacheUnavailableError from error

    async def _bounded(self, work: Callable[[Redis], Awaitable[T]]) -> T:
        async with asyncio.timeout(None) as timeout:
            with patience(timeout, seconds=self._timing.call):
                return await work(self._client)

    def _note_up(self, *, seconds: float) -> None:
        self._checked = CheckResult.now("healthy", seconds=seconds)
        self._change("healthy", logging.INFO, "")

    def _note_down(self, error: BaseException, *, seconds: float) -> None:
        self._checked = CheckResult.now("unavailable", seconds=seconds)
        self._change("unavailable", logging.ERROR, f" ({type(error).__name__})")

    def _change(self, condition: str, level: int, reason: str) -> None:
        if condition != self._condition:
            self._condition = condition
            self._era += 1
            logger.log(level, "Redis is %s%s", condition, reason)


@asynccontextmanager
async def open_redis_link(
    settings: Settings, *, timing: LinkTiming = TIMING
) -> AsyncIterator[RedisLink | None]:
    """Give None where no Redis is configured; one that is away is looked for in the background."""
    if settings.redis_url is None:
        yield None
        return
    async with _client(settings.redis_url.get_secret_value()) as client:
        link = RedisLink(client, timing=timing)
        await link.probe()
        watching = asyncio.create_task(link.watch())
        try:
            yield link
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)


def _client(url: str) -> Redis:
    return Redis.from_url(
        url,
        # RESP3 subscribes to maintenance notices, and then fails once on each connection that
        # the server closed (seen with redis-py 8.1).
        protocol=2,
        # The link bounds every use as a whole.
        socket_timeout=None,
        socket_connect_timeout=TIMING.connect,
    )
