"""Rate limiter for all processes together, with counters in Redis."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from itertools import islice

from redis.asyncio import Redis

from app.infrastructure.rate_limit.allowance import Allowance
from app.infrastructure.rate_limit.allowance_script import AllowanceScript, Grant
from app.infrastructure.rate_limit.local_rate_limiter import MAX_CLIENTS, LocalRateLimiter
from app.infrastructure.rate_limit.rate_limiter import Decision
from app.infrastructure.redis.redis_link import RedisLink, RedisUnavailableError

MAX_BATCH = 50


class SharedRateLimiter:
    """Admits at most the limit over all processes that use the same Redis.

    One call serves all waiting requests. For a busy client it also leases further requests, which
    this process admits without a call. Each process also applies the limit by itself, so that an
    outage of Redis or a loss of its data does not remove the limit.
    """

    def __init__(
        self,
        *,
        link: RedisLink,
        script: AllowanceScript,
        local: LocalRateLimiter,
        monotonic: Callable[[], float],
        max_clients: int = MAX_CLIENTS,
    ) -> None:
        self._link = link
        self._script = script
        self._local = local
        self._monotonic = monotonic
        self._max_clients = max_clients
        self._allowances: OrderedDict[str, Allowance] = OrderedDict()
        self._waiting: dict[str, Allowance] = {}
        self._serving: asyncio.Task[None] | None = None

    def admit(self, client: str) -> Decision | Awaitable[Decision]:
        if not self._link.is_up:
            return self._admit_alone(client)
        allowance, now = self._allowance(client), self._monotonic()
        if allowance.has_grant(now):
            return self._use(client, allowance, now)
        if allowance.is_refused(now):
            return allowance.refuse(now)
        return self._wait(client, allowance)

    async def aclose(self) -> None:
        if self._serving:
            self._serving.cancel()
            await asyncio.gather(self._serving, return_exceptions=True)

    def _allowance(self, client: str) -> Allowance:
        allowance = self._allowances.get(client)
        if allowance is None:
            allowance = self._allowances[client] = Allowance()
            if len(self._allowances) > self._max_clients:
                self._allowances.popitem(last=False)
        else:
            self._allowances.move_to_end(client)
        return allowance

    def _use(self, client: str, allowance: Allowance, now: float) -> Decision:
        local = self._local.admit(client)
        if not local.is_admitted:
            return local
        return allowance.use(now, at_most=local.remaining)

    def _wait(self, client: str, allowance: Allowance) -> asyncio.Future[Decision]:
        waiter: asyncio.Future[Decision] = asyncio.get_running_loop().create_future()
        allowance.waiters.append(waiter)
        self._waiting[client] = allowance
        if self._serving is None:
            self._serving = asyncio.create_task(self._serve())
        return waiter

    async def _serve(self) -> None:
        """Request grants until no client waits; arrivals during a call form the next batch."""
        try:
            while self._waiting:
                await self._request_grants(self._next_batch())
        finally:
            self._serving = None
            self._decide_locally(self._waiting)

    def _next_batch(self) -> dict[str, Allowance]:
        """Take the next waiting clients, without those that an earlier grant has served."""
        batch = dict(islice(self._waiting.items(), MAX_BATCH))
        for client in batch:
            del self._waiting[client]
        return {client: allowance for client, allowance in batch.items() if allowance.waiters}

    async def _request_grants(self, batch: dict[str, Allowance]) -> None:
        if not batch:
            return
        now = self._monotonic()
        requests = {client: allowance.build_request(now) for client, allowance in batch.items()}

        async def run(redis: Redis) -> tuple[float, list[Grant]]:
            return self._monotonic(), await self._script.run(redis, requests)

        try:
            requested_at, grants = await self._link.call(run, purpose="rate limit")
        except RedisUnavailableError:
            self._decide_locally(batch)
            return
        for (client, request), grant in zip(requests.items(), grants, strict=True):
            batch[client].apply_grant(grant, requested_at=requested_at, needed=request.needed)
            self._serve_waiters(client, batch[client])

    def _serve_waiters(self, client: str, allowance: Allowance) -> None:
        now = self._monotonic()
        while allowance.waiters:
            if allowance.waiters[0].done():  # cancelled
                del allowance.waiters[0]
            elif allowance.has_grant(now):
                _resolve(allowance.waiters.pop(0), self._use(client, allowance, now))
            elif allowance.is_refused(now):
                _resolve(allowance.waiters.pop(0), allowance.refuse(now))
            else:  # the grant arrived too late to be used
                self._waiting[client] = allowance
                return

    def _decide_locally(self, batch: dict[str, Allowance]) -> None:
        for client, allowance in batch.items():
            while allowance.waiters:
                _resolve(allowance.waiters.pop(0), self._admit_alone(client))

    def _admit_alone(self, client: str) -> Decision:
        return self._local.admit(client)._replace(is_shared=False)


def _resolve(waiter: asyncio.Future[Decision], decision: Decision) -> None:
    if not waiter.done():
        waiter.set_result(decision)
