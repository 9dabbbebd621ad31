"""Limiters of several processes on a real Valkey, with clocks that the tests drive."""

import asyncio
from typing import Self
from uuid import uuid4

from redis.asyncio import Redis

from app.infrastructure.cache.redis_link import LinkTiming, RedisLink
from app.infrastructure.rate_limit.allowance_script import AllowanceScript, Grant, Order
from app.infrastructure.rate_limit.local_rate_limiter import LocalRateLimiter
from app.infrastructure.rate_limit.rate_limiter import RateLimiter, Verdict
from app.infrastructure.rate_limit.shared_rate_limiter import SharedRateLimiter
from tests.rate_limit.clock import Clock

# The clock of Redis stands elsewhere than theirs, as it does on another machine.
AHEAD = 5_000.25


async def admit(limiter: RateLimiter, client: str = "ann") -> Verdict:
    verdict = limiter.admit(client)
    return verdict if isinstance(verdict, Verdict) else await verdict


async def admitted(limiter: RateLimiter, times: int, client: str = "ann") -> int:
    """Ask so many times at once; returns how many passed."""
    verdicts = await asyncio.gather(*(admit(limiter, client) for _ in range(times)))
    return sum(verdict.is_admitted for verdict in verdicts)


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
        link = RedisLink(self._redis, timing=LinkTiming(call=5))
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
        """`jump` is what the clock of Redis does besides."""
        self.clock.now = now
        await self._redis.set(self.name, int((now + AHEAD + jump) * 1000))

    async def pass_time(self, seconds: float) -> None:
        await self.set_clock(self.clock.now + seconds)

    async def order(self, **order: int) -> Grant:
        """Speak to the script itself."""
        (grant,) = await self._script.run(self._redis, {"ann": Order(**order)})
        return grant
