"""Call Redis as an optional dependency: within a time limit, and not at all in an outage."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import TypeVar

from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.infrastructure.health import CheckResult, HealthRecord
from app.infrastructure.redis.missing_rights import describe_missing_right
from app.infrastructure.tracing.current_span import child_span, recording_span
from app.ports.metrics import Metrics
from app.utils.loop_time_timeout import loop_time_timeout

logger = logging.getLogger(__name__)

T = TypeVar("T")
Callback = Callable[[Redis], Awaitable[None]]

OUTAGE = (RedisError, OSError, TimeoutError, UnicodeError)
PROBE_TTL_SECONDS = 60
MAX_CONCURRENT_CALLS = 32
_SPAN_ATTRIBUTES = {"db.system.name": "redis"}


class RedisUnavailableError(Exception):
    """Redis cannot be used now; the caller continues without it."""


@dataclass(frozen=True, kw_only=True)
class LinkTiming:
    """Time limits of a RedisLink, and the interval of its probes, in seconds.

    `queue` limits the wait behind other calls, `recovery` the callbacks after an outage.
    """

    queue: float = 0.05
    call: float = 0.1
    connect: float = 1.0
    recovery: float = 1.0
    interval: float = 0.5


TIMING = LinkTiming()


class RedisLink:
    """Stops calling Redis when a call fails, and resumes when a probe has written to it.

    Every kind of failure counts as an outage: a read-only replica or a server without memory
    would serve values that can no longer be invalidated.
    """

    def __init__(self, client: Redis, *, prefix: str, timing: LinkTiming, metrics: Metrics) -> None:
        self._client = client
        self._prefix = prefix
        self._timing = timing
        self._metrics = metrics
        self._callbacks: list[Callback] = []
        self._access_checks: list[Callback] = []
        # Not a BlockingConnectionPool, which can lose a connection when a timeout hits it.
        self._permits = asyncio.Semaphore(MAX_CONCURRENT_CALLS)
        self._health = HealthRecord("Redis", logger)

    @property
    def is_up(self) -> bool:
        return self._health.is_up

    @property
    def health(self) -> CheckResult:
        return self._health.result

    async def require_access(self, check: Callback) -> None:
        """Run `check` now and before every recovery; Redis is unavailable while it fails.

        It uses the commands, keys and channels of the caller: a user of Redis may lack rights.
        """
        self._access_checks.append(check)
        if self.is_up:
            await self._guard(partial(self._run_callbacks, [check]))

    def report_failure(self, error: BaseException) -> None:
        """Record a failure of a connection that was not used through `call`."""
        self._record_failure(error, seconds=0)

    def on_recovery(self, callback: Callback) -> None:
        """Await `callback` after each outage, before Redis is used again."""
        self._callbacks.append(callback)

    async def call(self, work: Callable[[Redis], Awaitable[T]], *, purpose: str = "call") -> T:
        """Run `work` on Redis within 150 ms; raises RedisUnavailableError, at once in an outage.

        `purpose` names it in traces.

        A third of that time is for waiting behind other calls. Waiting too long fails the call,
        but does not count as an outage.
        """
        if not self._health.is_up:
            raise RedisUnavailableError
        if (span := recording_span()) is None:
            return await self._call(work)
        with child_span(span, f"Redis {purpose}", _SPAN_ATTRIBUTES):
            return await self._call(work)

    async def _call(self, work: Callable[[Redis], Awaitable[T]]) -> T:
        epoch = self._health.changes
        async with self._permit():
            # An outage while this call waited: its callbacks may not have run yet.
            if epoch != self._health.changes:
                raise RedisUnavailableError
            started = monotonic()
            try:
                return await self._with_timeout(work)
            except OUTAGE as error:
                if epoch == self._health.changes:
                    self._record_failure(error, seconds=monotonic() - started)
                raise RedisUnavailableError from error

    async def watch(self) -> None:
        """Probe at every interval, until cancelled."""
        while True:
            await asyncio.sleep(self._timing.interval)
            await self.probe()

    async def probe(self) -> None:
        """Check that Redis can be reached and written to within the time limit of a call."""
        if (seconds := await self._guard(self._probe)) is not None:
            self._health.record_success(seconds=seconds)

    async def _guard(self, work: Callable[[], Awaitable[T]]) -> T | None:
        """Record a failure of `work`, and return None then."""
        started = monotonic()
        try:
            return await work()
        except Exception as error:  # noqa: BLE001 - a defect in a callback must not end the watch
            self._record_failure(error, seconds=monotonic() - started)
            return None

    async def _probe(self) -> float:
        """Return the seconds that a write took."""
        if not self.is_up:
            await self._reconnect()
        started, key = monotonic(), f"{self._prefix}:probe"
        await self._with_timeout(lambda redis: redis.set(key, "", ex=PROBE_TTL_SECONDS))
        seconds = monotonic() - started
        if not self.is_up:
            await self._run_callbacks([*self._access_checks, *self._callbacks])
        return seconds

    async def _reconnect(self) -> None:
        """Open new connections: those from before an outage may hang for ever."""
        async with asyncio.timeout(self._timing.connect):
            await self._client.connection_pool.disconnect(inuse_connections=False)
            await self._client.ping()

    async def _run_callbacks(self, callbacks: list[Callback]) -> None:
        async with asyncio.timeout(self._timing.recovery):
            for callback in callbacks:
                await callback(self._client)

    @asynccontextmanager
    async def _permit(self) -> AsyncIterator[None]:
        if self._permits.locked():
            await self._wait_for_permit()
        else:
            await self._permits.acquire()
        try:
            yield
        finally:
            self._permits.release()

    async def _wait_for_permit(self) -> None:
        try:
            async with asyncio.timeout(None) as timeout:
                with loop_time_timeout(timeout, seconds=self._timing.queue):
                    await self._permits.acquire()
        except TimeoutError as error:
            raise RedisUnavailableError from error

    async def _with_timeout(self, work: Callable[[Redis], Awaitable[T]]) -> T:
        async with asyncio.timeout(None) as timeout:
            with loop_time_timeout(timeout, seconds=self._timing.call):
                return await work(self._client)

    def _record_failure(self, error: BaseException, *, seconds: float) -> None:
        self._metrics.increment("redis_failures_total", error=type(error).__name__)
        missing = describe_missing_right(error, prefix=self._prefix)
        self._health.record_failure(
            missing or type(error).__name__, seconds=seconds, is_misconfigured=missing is not None
        )
