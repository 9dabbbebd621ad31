"""Rate limiters of several simulated processes on a real Valkey, with clocks set by the test."""

import asyncio
from typing import Self
from uuid import uuid4

from redis.asyncio import Redis

from app.infrastructure.metrics.null_metrics import NO_METRICS
from app.infrastructure.rate_limit.allowance_script import AllowanceScript, Grant, GrantRequest
from app.infrastructure.rate_limit.local_rate_limiter import LocalRateLimiter
from app.infrastructure.rate_limit.rate_limiter import Decision, RateLimiter
from app.infrastructure.rate_limit.shared_rate_limiter import SharedRateLimiter
from app.infrastructure.redis.redis_link import LinkTiming, RedisLink
from tests.support.clock import Clock

# The clock of Redis differs from those of the processes, as on another machine.
REDIS_CLOCK_OFFSET = 5_000.25


async def admit(limiter: RateLimiter, client: str = "ann") -> Decision:
    decision = limiter.admit(client)
    return decision if isinstance(decision, Decision) else await decision


async def count_admitted(limiter: RateLimiter, times: int, client: str = "ann") -> int:
    """Make `times` requests in parallel and return how many were admitted."""
    decisions = await asyncio.gather(*(admit(limiter, client) for _ in range(times)))
    return sum(decision.is_admitted for decision in decisions)


class Processes:
    def __init__(self, redis: Redis, *, limit: int) -> None:
        self._redis = redis
        self._limit = limit
        self.name = f"test-{uuid4()}"
        self.clock = Clock()
        self.links: list[RedisLink] = []
        self.limiters: list[SharedRateLimiter] = []
        reading = f"local now = tonumber(redis.call('GET', '{self.name}'))"
        self._script = AllowanceScript(limit=limit, prefix=self.name, clock=reading)

    @classmethod
    async def start(cls, redis: Redis, *, limit: int, count: int = 1) -> Self:
        processes = cls(redis, limit=limit)
        await processes.set_clock(processes.clock.now)
        for _ in range(count):
            await processes.add()
        return processes

    async def add(self, *, max_clients: int = 1000) -> SharedRateLimiter:
        link = RedisLink(
            self._redis, prefix=self.name, timing=LinkTiming(call=5), metrics=NO_METRICS
        )
        await link.probe()
        limiter = SharedRateLimiter(
            link=link,
            script=self._script,
            local=LocalRateLimiter(limit=self._limit, monotonic=self.clock),
            monotonic=self.clock,
            max_clients=max_clients,
        )
        self.links.append(link)
        self.limiters.append(limiter)
        return limiter

    async def set_clock(self, now: float, *, jump: float = 0) -> None:
        """Set all clocks. `jump` is added to the clock of Redis only."""
        self.clock.now = now
        await self._redis.set(self.name, int((now + REDIS_CLOCK_OFFSET + jump) * 1000))

    async def pass_time(self, seconds: float) -> None:
        await self.set_clock(self.clock.now + seconds)

    async def request(self, **values: int) -> Grant:
        """Run the script directly."""
        (grant,) = await self._script.run(self._redis, {"ann": GrantRequest(**values)})
        return grant
