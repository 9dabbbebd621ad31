import asyncio

import pytest
from redis.asyncio import Redis

from app.infrastructure.cache.redis_link import CacheUnavailableError
from app.infrastructure.rate_limit.rate_limiter import Verdict
from tests.rate_limit.processes import Processes, admit, admitted


async def fail(_: Redis) -> None:
    raise ConnectionError


async def test_processes_share_one_limit(redis: Redis) -> None:
    processes = await Processes.start(redis, limit=60, count=4)

    passed = await asyncio.gather(*(admitted(each, 50) for each in processes.limiters))

    assert sum(passed) == 60


async def test_a_quiet_client_gets_its_whole_allowance_wherever_it_goes(redis: Redis) -> None:
    processes = await Processes.start(redis, limit=60, count=4)

    verdicts = [await admit(processes.limiters[number % 4]) for number in range(61)]

    assert [verdict.is_admitted for verdict in verdicts] == [True] * 60 + [False]
    assert [verdict.remaining for verdict in verdicts] == [*range(59, -1, -1), 0]


async def test_requests_that_wait_together_are_asked_for_together(redis: Redis) -> None:
    (limiter,) = (await Processes.start(redis, limit=1000)).limiters
    await admit(limiter)
    before = (await redis.info("commandstats"))["cmdstat_evalsha"]["calls"]

    await admitted(limiter, 100)

    assert (await redis.info("commandstats"))["cmdstat_evalsha"]["calls"] - before == 1


async def test_who_comes_during_a_call_is_admitted_from_the_lease_it_brings(redis: Redis) -> None:
    processes = await Processes.start(redis, limit=1_000_000)
    (limiter,) = processes.limiters
    await admitted(limiter, 500)
    await processes.pass_time(1)
    first = asyncio.create_task(admit(limiter))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    second = asyncio.create_task(admit(limiter))

    assert (await first).is_admitted
    assert (await second).is_admitted
    assert isinstance(limiter.admit("ann"), Verdict)


async def test_many_clients_at_once_are_no_burden_to_the_link(redis: Redis) -> None:
    processes = await Processes.start(redis, limit=3)
    (limiter,) = processes.limiters
    clients = [f"client-{number}" for number in range(1000)] * 4

    passed = await asyncio.gather(*(admitted(limiter, 1, client) for client in clients))

    assert sum(passed) == 3000
    assert processes.links[0].is_up


async def test_a_grant_that_comes_too_late_is_asked_for_again(redis: Redis) -> None:
    processes = await Processes.start(redis, limit=1)
    (limiter,) = processes.limiters
    asking = asyncio.create_task(admit(limiter))
    for _ in range(3):
        await asyncio.sleep(0)

    processes.clock.now += 5  # while the call is under way

    assert (await asking).is_admitted
    assert not (await admit(limiter)).is_admitted


async def test_a_busy_client_is_admitted_without_asking(redis: Redis) -> None:
    processes = await Processes.start(redis, limit=1_000_000)
    (limiter,) = processes.limiters
    await admitted(limiter, 500)
    await processes.pass_time(1)
    await admit(limiter)

    at_once = [limiter.admit("ann") for _ in range(50)]

    assert all(isinstance(verdict, Verdict) and verdict.is_admitted for verdict in at_once)


async def test_a_lease_lapses_and_what_is_left_of_it_is_given_back(redis: Redis) -> None:
    processes = await Processes.start(redis, limit=1_000_000)
    (limiter,) = processes.limiters
    await admitted(limiter, 500)
    await processes.pass_time(1)
    leased = await admit(limiter)
    await processes.pass_time(1)

    waiting = limiter.admit("ann")

    assert not isinstance(waiting, Verdict)
    assert (await waiting).remaining == leased.remaining - 1 == 1_000_000 - 502


async def test_a_refusal_is_remembered_for_a_second(redis: Redis) -> None:
    processes = await Processes.start(redis, limit=3)
    (limiter,) = processes.limiters
    await admitted(limiter, 4)

    refused = limiter.admit("ann")
    await processes.pass_time(1)
    asked = limiter.admit("ann")

    assert isinstance(refused, Verdict)
    assert not refused.is_admitted
    assert 60 <= refused.reset_after <= 61
    assert not isinstance(asked, Verdict)
    assert not (await asked).is_admitted


async def test_a_request_that_goes_away_takes_nothing_from_the_next(redis: Redis) -> None:
    (limiter,) = (await Processes.start(redis, limit=3)).limiters
    gone = [asyncio.create_task(admit(limiter)) for _ in range(3)]
    await asyncio.sleep(0)
    for task in gone:
        task.cancel()
    await asyncio.gather(*gone, return_exceptions=True)

    assert await admitted(limiter, 5) == 3


async def test_without_redis_a_process_remembers_what_it_admitted(redis: Redis) -> None:
    processes = await Processes.start(redis, limit=60, count=2)
    one, other = processes.limiters
    assert await admitted(one, 50) == 50

    for link in processes.links:
        with pytest.raises(CacheUnavailableError):
            await link.call(fail)

    assert await admitted(one, 100) == 10
    assert await admitted(other, 100) == 60


async def test_no_flush_lets_a_client_through_one_process_without_limit(redis: Redis) -> None:
    processes = await Processes.start(redis, limit=60)
    (limiter,) = processes.limiters
    assert await admitted(limiter, 50) == 50

    await redis.flushall()
    await processes.pass_time(0)

    assert await admitted(limiter, 100) == 10


async def test_many_clients_take_bounded_memory(redis: Redis) -> None:
    processes = await Processes.start(redis, limit=5)
    limiter = await processes.add(max_clients=50)

    for number in range(200):
        assert (await admit(limiter, f"client-{number}")).is_admitted

    assert len(limiter._allowances) == 50  # noqa: SLF001 - what it holds cannot be seen otherwise
