"""The script alone: CONTRACT section 5, as Redis counts it."""

import pytest
from redis.asyncio import Redis

from app.infrastructure.rate_limit.allowance_script import AllowanceScript, Order
from tests.rate_limit.processes import Processes


@pytest.fixture
async def counting(redis: Redis) -> Processes:
    return await Processes.start(redis, limit=60, count=0)


async def test_no_more_than_the_limit_is_granted(counting: Processes) -> None:
    grants = [await counting.order(needed=25) for _ in range(4)]

    assert [grant.granted for grant in grants] == [25, 25, 10, 0]
    assert [grant.left for grant in grants] == [35, 10, 0, 0]


async def test_the_edge_between_two_minutes_lets_no_more_through(counting: Processes) -> None:
    await counting.set_clock(1079.99 - 0.25)
    await counting.order(needed=100)

    for later in (0.02, 0.5, 1, 30, 59.9, 60):
        await counting.set_clock(1079.99 - 0.25 + later)
        assert (await counting.order(needed=1)).granted == 0


async def test_what_it_says_about_growth_is_true_to_the_millisecond(counting: Processes) -> None:
    await counting.order(needed=60)
    await counting.pass_time(0.3)
    refused = await counting.order(needed=1)
    assert 60_000 <= refused.grows_in_ms <= 61_000

    await counting.pass_time((refused.grows_in_ms - 1) / 1000)
    assert (await counting.order(needed=1)).granted == 0
    await counting.pass_time(0.001)

    assert (await counting.order(needed=100)).granted == 60


async def test_a_grant_is_counted_until_a_minute_after_its_last_use(counting: Processes) -> None:
    for moment in (2000.0, 2100.1, 2200.37, 2300.79, 2400.8):
        await counting.set_clock(moment)
        grant = await counting.order(needed=60)
        assert grant.granted == 60
        await counting.pass_time(grant.usable_ms / 1000 + 59.999)
        assert (await counting.order(needed=1)).granted == 0


async def test_what_was_not_used_can_be_given_back(counting: Processes) -> None:
    grant = await counting.order(needed=60)

    again = await counting.order(needed=60, slot=grant.slot, returned=20)

    assert again.granted == 20


async def test_no_more_can_be_given_back_than_is_counted(counting: Processes) -> None:
    grant = await counting.order(needed=5)

    await counting.order(needed=0, slot=grant.slot, returned=50)
    await counting.order(needed=0, slot=grant.slot - 1, returned=50)

    assert (await counting.order(needed=100)).granted == 60


async def test_a_small_limit_is_never_leased(counting: Processes) -> None:
    assert (await counting.order(needed=1, per_second=1000)).granted == 1


async def test_a_lease_is_a_sliver_of_the_first_half(redis: Redis) -> None:
    counting = await Processes.start(redis, limit=12_800, count=0)

    assert (await counting.order(needed=1, per_second=100_000)).granted == 1 + 49
    assert 1 < (await counting.order(needed=1, per_second=20)).granted <= 1 + 16
    await counting.order(needed=6_400)
    assert (await counting.order(needed=1, per_second=100_000)).granted == 1


async def test_a_clock_set_back_neither_frees_nor_blocks_for_longer(counting: Processes) -> None:
    await counting.order(needed=40)

    await counting.set_clock(counting.clock.now, jump=-3600)

    assert (await counting.order(needed=60)).granted == 20
    await counting.set_clock(counting.clock.now, jump=-3600 + 61)
    assert (await counting.order(needed=60)).granted == 60


async def test_memory_does_not_grow_with_the_limit_and_goes_with_the_client(
    redis: Redis,
) -> None:
    counting = await Processes.start(redis, limit=1_000_000, count=0)
    for _ in range(300):
        await counting.order(needed=1000)
        await counting.pass_time(0.4)

    (key,) = [key async for key in redis.scan_iter(f"{counting.name}:*")]

    assert await redis.hlen(key) <= 77
    assert (await redis.memory_usage(key) or 0) < 2000
    assert await redis.pttl(key) <= 61_000


async def test_a_client_cannot_be_told_from_its_key(redis: Redis) -> None:
    counting = await Processes.start(redis, limit=5, count=0)
    await counting.order(needed=1)

    (key,) = [key async for key in redis.scan_iter(f"{counting.name}:*")]

    assert b"ann" not in key


async def test_redis_that_forgot_the_script_is_told_again(
    redis: Redis, counting: Processes
) -> None:
    await counting.order(needed=1)

    await redis.script_flush()

    assert (await counting.order(needed=1)).left == 58


async def test_the_clock_of_redis_itself_can_be_read(redis: Redis) -> None:

    script = AllowanceScript(limit=3, prefix="real-clock")

    replies = [await script.run(redis, {"ann": Order(needed=1)}) for _ in range(5)]

    assert [grant.granted for (grant,) in replies] == [1, 1, 1, 0, 0]
