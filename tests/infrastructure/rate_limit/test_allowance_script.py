"""The allowance script of Redis counts, leases and returns requests."""

import pytest
from redis.asyncio import Redis

from app.infrastructure.rate_limit.allowance_script import AllowanceScript, GrantRequest
from tests.support.limiter_processes import Processes


@pytest.fixture
async def processes(redis: Redis) -> Processes:
    return await Processes.start(redis, limit=60, count=0)


async def test_no_more_than_the_limit_is_granted(processes: Processes) -> None:
    grants = [await processes.request(needed=25) for _ in range(4)]

    assert [grant.granted for grant in grants] == [25, 25, 10, 0]
    assert [grant.left for grant in grants] == [35, 10, 0, 0]


async def test_the_limit_holds_across_the_boundary_of_two_minutes(processes: Processes) -> None:
    await processes.set_clock(1079.99 - 0.25)
    await processes.request(needed=100)

    for later in (0.02, 0.5, 1, 30, 59.9, 60):
        await processes.set_clock(1079.99 - 0.25 + later)
        assert (await processes.request(needed=1)).granted == 0


async def test_the_retry_time_is_exact_to_the_millisecond(processes: Processes) -> None:
    await processes.request(needed=60)
    await processes.pass_time(0.3)
    refused = await processes.request(needed=1)
    assert 60_000 <= refused.grows_in_ms <= 61_000

    await processes.pass_time((refused.grows_in_ms - 1) / 1000)
    assert (await processes.request(needed=1)).granted == 0
    await processes.pass_time(0.001)

    assert (await processes.request(needed=100)).granted == 60


async def test_a_grant_is_counted_until_a_minute_after_its_last_use(processes: Processes) -> None:
    for moment in (2000.0, 2100.1, 2200.37, 2300.79, 2400.8):
        await processes.set_clock(moment)
        grant = await processes.request(needed=60)
        assert grant.granted == 60
        await processes.pass_time(grant.usable_ms / 1000 + 59.999)
        assert (await processes.request(needed=1)).granted == 0


async def test_unused_allowance_can_be_returned(processes: Processes) -> None:
    grant = await processes.request(needed=60)

    again = await processes.request(needed=60, sub_window=grant.sub_window, returned=20)

    assert again.granted == 20


async def test_no_more_allowance_can_be_returned_than_was_granted(processes: Processes) -> None:
    grant = await processes.request(needed=5)

    await processes.request(needed=0, sub_window=grant.sub_window, returned=50)
    await processes.request(needed=0, sub_window=grant.sub_window - 1, returned=50)

    assert (await processes.request(needed=100)).granted == 60


async def test_a_small_limit_is_never_leased(processes: Processes) -> None:
    assert (await processes.request(needed=1, per_second=1000)).granted == 1


async def test_a_lease_is_a_small_part_of_the_first_half_of_the_limit(redis: Redis) -> None:
    processes = await Processes.start(redis, limit=12_800, count=0)

    assert (await processes.request(needed=1, per_second=100_000)).granted == 1 + 49
    assert 1 < (await processes.request(needed=1, per_second=20)).granted <= 1 + 16
    await processes.request(needed=6_400)
    assert (await processes.request(needed=1, per_second=100_000)).granted == 1


async def test_a_clock_set_back_does_not_change_the_limit(processes: Processes) -> None:
    await processes.request(needed=40)

    await processes.set_clock(processes.clock.now, jump=-3600)

    assert (await processes.request(needed=60)).granted == 20
    await processes.set_clock(processes.clock.now, jump=-3600 + 61)
    assert (await processes.request(needed=60)).granted == 60


async def test_memory_is_independent_of_the_limit_and_freed_with_the_client(
    redis: Redis,
) -> None:
    processes = await Processes.start(redis, limit=1_000_000, count=0)
    for _ in range(300):
        await processes.request(needed=1000)
        await processes.pass_time(0.4)

    (key,) = [key async for key in redis.scan_iter(f"{processes.name}:*")]

    assert await redis.hlen(key) <= 77
    assert (await redis.memory_usage(key) or 0) < 2000
    assert await redis.pttl(key) <= 61_000


async def test_a_key_does_not_reveal_the_client(redis: Redis) -> None:
    processes = await Processes.start(redis, limit=5, count=0)
    await processes.request(needed=1)

    (key,) = [key async for key in redis.scan_iter(f"{processes.name}:*")]

    assert b"ann" not in key


async def test_the_script_is_loaded_again_after_redis_forgot_it(
    redis: Redis, processes: Processes
) -> None:
    await processes.request(needed=1)

    await redis.script_flush()

    assert (await processes.request(needed=1)).left == 58


async def test_the_script_can_use_the_clock_of_redis(redis: Redis) -> None:

    script = AllowanceScript(limit=3, prefix="real-clock")

    replies = [await script.run(redis, {"ann": GrantRequest(needed=1)}) for _ in range(5)]

    assert [grant.granted for (grant,) in replies] == [1, 1, 1, 0, 0]
