import asyncio

import pytest
from redis.asyncio import Redis

from app.infrastructure.rate_limit.rate_limiter import Decision
from app.infrastructure.redis.redis_link import RedisUnavailableError
from tests.support.limiter_processes import Processes, admit, count_admitted


async def fail(_: Redis) -> None:
    raise ConnectionError


async def test_processes_share_one_limit(redis: Redis) -> None:
    processes = await Processes.start(redis, limit=60, count=4)

    passed = await asyncio.gather(*(count_admitted(each, 50) for each in processes.limiters))

    assert sum(passed) == 60


async def test_a_slow_client_gets_its_whole_limit_through_any_process(redis: Redis) -> None:
    processes = await Processes.start(redis, limit=60, count=4)

    decisions = [await admit(processes.limiters[number % 4]) for number in range(61)]

    assert [decision.is_admitted for decision in decisions] == [True] * 60 + [False]
    assert [decision.remaining for decision in decisions] == [*range(59, -1, -1), 0]


async def test_waiting_requests_share_one_call(redis: Redis) -> None:
    (limiter,) = (await Processes.start(redis, limit=1000)).limiters
    await admit(limiter)
    before = (await redis.info("commandstats"))["cmdstat_evalsha"]["calls"]

    await count_admitted(limiter, 100)

    assert (await redis.info("commandstats"))["cmdstat_evalsha"]["calls"] - before == 1


async def test_a_request_during_a_call_is_admitted_from_its_lease(redis: Redis) -> None:
    processes = await Processes.start(redis, limit=1_000_000)
    (limiter,) = processes.limiters
    await count_admitted(limiter, 500)
    await processes.pass_time(1)
    first = asyncio.create_task(admit(limiter))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    second = asyncio.create_task(admit(limiter))

    assert (await first).is_admitted
    assert (await second).is_admitted
    assert isinstance(limiter.admit("ann"), Decision)


async def test_many_clients_share_few_redis_calls(redis: Redis) -> None:
    processes = await Processes.start(redis, limit=3)
    (limiter,) = processes.limiters
    clients = [f"client-{number}" for number in range(1000)] * 4

    passed = await asyncio.gather(*(count_admitted(limiter, 1, client) for client in clients))

    assert sum(passed) == 3000
    assert processes.links[0].is_up


async def test_an_expired_grant_is_requested_again(redis: Redis) -> None:
    processes = await Processes.start(redis, limit=1)
    (limiter,) = processes.limiters
    admission = asyncio.create_task(admit(limiter))
    for _ in range(3):
        await asyncio.sleep(0)

    processes.clock.now += 5  # During the call.

    assert (await admission).is_admitted
    assert not (await admit(limiter)).is_admitted


async def test_a_partial_grant_that_arrives_late_is_not_lost(redis: Redis) -> None:
    processes = await Processes.start(redis, limit=3)
    (limiter,) = processes.limiters
    admissions = asyncio.gather(*(admit(limiter) for _ in range(5)))
    for _ in range(3):
        await asyncio.sleep(0)

    processes.clock.now += 0.99  # During the call: too late to use it, too early for a new one.

    assert sum(decision.is_admitted for decision in await admissions) == 3


async def test_a_busy_client_is_admitted_without_a_call(redis: Redis) -> None:
    processes = await Processes.start(redis, limit=1_000_000)
    (limiter,) = processes.limiters
    await count_admitted(limiter, 500)
    await processes.pass_time(1)
    await admit(limiter)

    at_once = [limiter.admit("ann") for _ in range(50)]

    assert all(isinstance(decision, Decision) and decision.is_admitted for decision in at_once)


async def test_the_rest_of_an_expired_lease_is_returned(redis: Redis) -> None:
    processes = await Processes.start(redis, limit=1_000_000)
    (limiter,) = processes.limiters
    await count_admitted(limiter, 500)
    await processes.pass_time(1)
    leased = await admit(limiter)
    await processes.pass_time(1)

    waiting = limiter.admit("ann")

    assert not isinstance(waiting, Decision)
    assert (await waiting).remaining == leased.remaining - 1 == 1_000_000 - 502


async def test_a_refusal_is_cached_for_a_second(redis: Redis) -> None:
    processes = await Processes.start(redis, limit=3)
    (limiter,) = processes.limiters
    await count_admitted(limiter, 4)

    refused = limiter.admit("ann")
    await processes.pass_time(1)
    pending = limiter.admit("ann")

    assert isinstance(refused, Decision)
    assert not refused.is_admitted
    assert 60 <= refused.reset_after <= 61
    assert not isinstance(pending, Decision)
    assert not (await pending).is_admitted


async def test_a_cancelled_request_uses_no_allowance(redis: Redis) -> None:
    (limiter,) = (await Processes.start(redis, limit=3)).limiters
    cancelled = [asyncio.create_task(admit(limiter)) for _ in range(3)]
    await asyncio.sleep(0)
    for task in cancelled:
        task.cancel()
    await asyncio.gather(*cancelled, return_exceptions=True)

    assert await count_admitted(limiter, 5) == 3


async def test_without_redis_earlier_admissions_still_count(redis: Redis) -> None:
    processes = await Processes.start(redis, limit=60, count=2)
    one, other = processes.limiters
    assert await count_admitted(one, 50) == 50

    for link in processes.links:
        with pytest.raises(RedisUnavailableError):
            await link.call(fail)

    assert await count_admitted(one, 100) == 10
    assert await count_admitted(other, 100) == 60


async def test_a_redis_flush_leaves_no_client_unlimited(redis: Redis) -> None:
    processes = await Processes.start(redis, limit=60)
    (limiter,) = processes.limiters
    assert await count_admitted(limiter, 50) == 50

    await redis.flushall()
    await processes.pass_time(0)

    assert await count_admitted(limiter, 100) == 10


async def test_many_clients_use_bounded_memory(redis: Redis) -> None:
    processes = await Processes.start(redis, limit=5)
    limiter = await processes.add(max_clients=50)

    for number in range(200):
        assert (await admit(limiter, f"client-{number}")).is_admitted

    assert len(limiter._allowances) == 50  # noqa: SLF001 - no public count
