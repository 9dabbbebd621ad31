import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import islice
from time import monotonic

from redis.asyncio import Redis

from app.config.settings import Settings
from app.infrastructure.cache.redis_link import CacheUnavailableError, RedisLink
from app.infrastructure.rate_limit.allowance import Allowance
from app.infrastructure.rate_limit.allowance_script import AllowanceScript, Grant
from app.infrastructure.rate_limit.local_rate_limiter import MAX_CLIENTS, LocalRateLimiter
from app.infrastructure.rate_limit.rate_limiter import RateLimiter, Verdict

MAX_BATCH = 50


class SharedRateLimiter:
    """Admits at most the limit over all processes that use one Redis.

    All requests that wait at the same time are asked for in one call; a busy client gets a lease
    besides, from which this process admits without asking. Each process also limits by itself,
    so that no loss of Redis or of its memory lets a client through without limit.
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
        self._asking: asyncio.Task[None] | None = None

    def admit(self, client: str) -> Verdict | Awaitable[Verdict]:
        if not self._link.is_up:
            return self._local.admit(client)
        allowance, now = self._allowance(client), self._monotonic()
        if allowance.has_grant(now):
            return self._use(client, allowance, now)
        if allowance.is_refused(now):
            return allowance.refusal(now)
        return self._wait(client, allowance)

    async def aclose(self) -> None:
        if self._asking:
            self._asking.cancel()
            await asyncio.gather(self._asking, return_exceptions=True)

    def _allowance(self, client: str) -> Allowance:
        allowance = self._allowances.get(client)
        if allowance is None:
            allowance = self._allowances[client] = Allowance()
            if len(self._allowances) > self._max_clients:
                self._allowances.popitem(last=False)
        else:
            self._allowances.move_to_end(client)
        return allowance

    def _use(self, client: str, allowance: Allowance, now: float) -> Verdict:
        by_itself = self._local.admit(client)
        if not by_itself.is_admitted:
            return by_itself
        return allowance.use(now, at_most=by_itself.remaining)

    def _wait(self, client: str, allowance: Allowance) -> asyncio.Future[Verdict]:
        waiter: asyncio.Future[Verdict] = asyncio.get_running_loop().create_future()
        allowance.waiters.append(waiter)
        self._waiting[client] = allowance
        if self._asking is None:
            self._asking = asyncio.create_task(self._serve())
        return waiter

    async def _serve(self) -> None:
        """Ask until nobody waits; more of them gather during each call."""
        try:
            while self._waiting:
                await self._ask(self._next_batch())
        finally:
            self._asking = None
            self._decide_here(self._waiting)

    def _next_batch(self) -> dict[str, Allowance]:
        """Leave out those who were answered from what another of the same client was granted."""
        batch = dict(islice(self._waiting.items(), MAX_BATCH))
        for client in batch:
            del self._waiting[client]
        return {client: allowance for client, allowance in batch.items() if allowance.waiters}

    async def _ask(self, batch: dict[str, Allowance]) -> None:
        if not batch:
            return
        now = self._monotonic()
        orders = {client: allowance.order(now) for client, allowance in batch.items()}

        async def run(redis: Redis) -> tuple[float, list[Grant]]:
            return self._monotonic(), await self._script.run(redis, orders)

        try:
            asked_at, grants = await self._link.call(run)
        except CacheUnavailableError:
            self._decide_here(batch)
            return
        for (client, order), grant in zip(orders.items(), grants, strict=True):
            batch[client].receive(grant, asked_at=asked_at, needed=order.needed)
            self._answer(client, batch[client])

    def _answer(self, client: str, allowance: Allowance) -> None:
        now = self._monotonic()
        while allowance.waiters:
            if allowance.waiters[0].done():  # gone
                del allowance.waiters[0]
            elif allowance.has_grant(now):
                _tell(allowance.waiters.pop(0), self._use(client, allowance, now))
            elif allowance.is_refused(now):
                _tell(allowance.waiters.pop(0), allowance.refusal(now))
            else:  # the grant came too late to be used
                self._waiting[client] = allowance
                return

    def _decide_here(self, batch: dict[str, Allowance]) -> None:
        for client, allowance in batch.items():
            while allowance.waiters:
                _tell(allowance.waiters.pop(0), self._local.admit(client))


def _tell(waiter: asyncio.Future[Verdict], verdict: Verdict) -> None:
    if not waiter.done():
        waiter.set_result(verdict)


@asynccontextmanager
async def open_rate_limiter(
    settings: Settings, link: RedisLink | None
) -> AsyncIterator[RateLimiter | None]:
    """Give None where the limit is turned off."""
    limit = settings.rate_limit_per_minute
    local = LocalRateLimiter(limit=limit, monotonic=monotonic)
    if not limit:
        yield None
    elif link is None:
        yield local
    else:
        script = AllowanceScript(limit=limit, prefix=settings.service_name)
        shared = SharedRateLimiter(link=link, script=script, local=local, monotonic=monotonic)
        try:
            yield shared
        finally:
            await shared.aclose()
