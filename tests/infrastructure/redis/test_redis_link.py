import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any, cast

import pytest
from redis.asyncio import Redis

from app.infrastructure.cache.redis_link import CacheUnavailableError, LinkTiming, RedisLink
from devtools.fault_proxy import FaultProxy
from devtools.ports import LOOPBACK, free_port
from devtools.valkey import PrivateValkey
from tests.infrastructure.redis.conftest import OpenLink
from tests.infrastructure.redis.outages import OUTAGES, Outage, frozen, killed

LOGGER = "app.infrastructure.cache.redis_link"


async def write(redis: Redis) -> None:
    await redis.set("written", "yes")


def echo(number: int) -> Callable[[Redis], Awaitable[bytes]]:
    async def work(redis: Redis) -> bytes:
        answer: bytes = await cast("Any", redis).execute_command("ECHO", str(number))
        return answer

    return work


async def until(link: RedisLink, *, is_up: bool) -> None:
    async with asyncio.timeout(10):
        while link.is_up != is_up:  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.02)


async def test_what_redis_answers_is_returned(link: RedisLink) -> None:
    assert await link.call(echo(7)) == b"7"
    assert link.health.status == "healthy"
    assert link.health.latency_ms is not None


@pytest.mark.parametrize("outage", OUTAGES)
async def test_an_outage_is_noticed_once_borne_and_ended(
    victim: PrivateValkey, link: RedisLink, outage: Outage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, LOGGER)

    with outage(victim):
        for _ in range(50):
            with pytest.raises(CacheUnavailableError):
                await link.call(write)
        await asyncio.sleep(0.7)
        assert not link.is_up
        assert link.health.status == "unavailable"
    await until(link, is_up=True)

    await link.call(write)
    lines = [record.getMessage() for record in caplog.records]
    assert [line.split()[2] for line in lines] == ["unavailable", "healthy"]
    assert victim.password not in str(lines)


async def test_redis_that_is_away_at_the_start_is_found_later(
    victim: PrivateValkey, open_link: OpenLink
) -> None:
    victim.stop()
    async with open_link(victim.url) as link:
        assert not link.is_up
        victim.start()
        await until(link, is_up=True)


async def test_a_host_that_says_nothing_delays_the_start_by_a_second_at_most(
    victim: PrivateValkey, open_link: OpenLink
) -> None:
    async with FaultProxy(target=victim.port) as proxy:
        proxy.freeze()
        async with asyncio.timeout(2), open_link(proxied(victim, proxy)) as link:
            assert not link.is_up


async def test_while_redis_is_away_nothing_is_sent(victim: PrivateValkey, link: RedisLink) -> None:
    with killed(victim):
        with pytest.raises(CacheUnavailableError):
            await link.call(write)

        async def never(_: Redis) -> None:
            raise AssertionError("asked")

        with pytest.raises(CacheUnavailableError):
            await link.call(never)


async def test_what_must_be_done_first_is_done_before_redis_is_used_again(
    victim: PrivateValkey, link: RedisLink
) -> None:
    order: list[str] = []

    async def prepare(redis: Redis) -> None:
        assert not link.is_up
        order.append("failed" if not order else "prepared")
        if order == ["failed"]:
            raise ConnectionError
        await redis.set("prepared", "yes")

    link.on_return(prepare)
    with killed(victim), pytest.raises(CacheUnavailableError):
        await link.call(write)
    await until(link, is_up=True)

    assert order == ["failed", "prepared"]


async def test_a_flush_is_no_outage(link: RedisLink) -> None:
    await link.call(lambda redis: redis.flushall())

    await link.call(write)
    assert link.is_up


async def test_callers_beyond_the_connections_are_turned_away_and_redis_is_not_blamed(
    victim: PrivateValkey, open_link: OpenLink
) -> None:
    # Redis is given time, so that only the wait for a turn can end a call.
    patient = LinkTiming(call=10)
    async with (
        FaultProxy(target=victim.port) as proxy,
        open_link(proxied(victim, proxy), patient) as link,
    ):
        proxy.delay = 0.003
        calls = (link.call(echo(number)) for number in range(500))

        answers = await asyncio.gather(*calls, return_exceptions=True)

        assert link.is_up
        for number, answer in enumerate(answers):
            assert answer == str(number).encode() or isinstance(answer, CacheUnavailableError)
        assert proxy.connections <= 32


async def test_callers_who_leave_take_no_connection_and_leave_no_answer(
    victim: PrivateValkey, open_link: OpenLink
) -> None:
    async with FaultProxy(target=victim.port) as proxy, open_link(proxied(victim, proxy)) as link:
        proxy.delay = 0.01
        for round_ in range(10):
            calls = [asyncio.create_task(link.call(echo(n))) for n in range(40)]
            await asyncio.sleep(0.005 * round_)
            for call in calls[::2]:
                call.cancel()
            await asyncio.gather(*calls, return_exceptions=True)
        proxy.delay = 0
        await until(link, is_up=True)

        answers = await asyncio.gather(*(link.call(echo(number)) for number in range(30)))

        assert answers == [str(number).encode() for number in range(30)]


async def test_answers_that_come_after_a_freeze_reach_nobody(
    victim: PrivateValkey, link: RedisLink
) -> None:
    await asyncio.gather(*(link.call(echo(number)) for number in range(32)))
    with frozen(victim):
        calls = [link.call(echo(1000 + number)) for number in range(100)]
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert all(isinstance(outcome, CacheUnavailableError) for outcome in outcomes)
    await until(link, is_up=True)

    answers = await asyncio.gather(*(link.call(echo(number)) for number in range(30)))

    assert answers == [str(number).encode() for number in range(30)]


async def test_a_process_that_was_busy_does_not_blame_redis(link: RedisLink) -> None:
    async def be_busy() -> None:
        for _ in range(8):
            time.sleep(0.05)  # noqa: ASYNC251 - on purpose
            await asyncio.sleep(0)

    busy = asyncio.create_task(be_busy())
    answers = await asyncio.gather(*(link.call(echo(number)) for number in range(5)))
    await busy

    assert len(answers) == 5
    assert link.is_up


async def test_a_slow_link_is_no_link(victim: PrivateValkey, open_link: OpenLink) -> None:
    async with FaultProxy(target=victim.port) as proxy, open_link(proxied(victim, proxy)) as link:
        proxy.delay = 0.2
        with pytest.raises(CacheUnavailableError):
            await link.call(write)
        proxy.delay = 0
        await until(link, is_up=True)


async def test_dropped_idle_connections_are_no_outage(link: RedisLink) -> None:
    await asyncio.gather(*(link.call(echo(number)) for number in range(32)))

    await link.call(lambda redis: redis.client_kill_filter(_type="normal", skipme=True))

    for number in range(40):
        assert await link.call(echo(number)) == str(number).encode()


async def test_no_redis_at_that_address_is_an_outage_and_not_an_error(
    open_link: OpenLink,
) -> None:
    async with open_link(f"redis://{LOOPBACK}:{free_port()}/0") as link:
        assert link.health.status == "unavailable"


def proxied(victim: PrivateValkey, proxy: FaultProxy) -> str:
    return victim.url.replace(f":{victim.port}/", f":{proxy.port}/")
