import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, cast

import pytest
from redis.asyncio import Redis

from app.infrastructure.redis.redis_link import TIMING, RedisLink, RedisUnavailableError
from devtools.fault_proxy import FaultProxy
from devtools.ports import LOOPBACK, free_port
from devtools.valkey import PrivateValkey
from tests.support.redis_links import PATIENT_TIMING, OpenLink
from tests.support.redis_outages import OUTAGES, Outage, frozen, killed
from tests.support.waiting import eventually

LOGGER = "app.infrastructure.redis.redis_link"


async def write(redis: Redis) -> None:
    await redis.set("written", "yes")


def echo(number: int) -> Callable[[Redis], Awaitable[bytes]]:
    async def work(redis: Redis) -> bytes:
        response: bytes = await cast("Any", redis).execute_command("ECHO", str(number))
        return response

    return work


async def wait_for_link(link: RedisLink, *, is_up: bool) -> None:
    await eventually(lambda: link.is_up == is_up)


async def test_a_call_returns_the_reply_of_redis(link: RedisLink) -> None:
    assert await link.call(echo(7)) == b"7"
    assert link.health.status == "healthy"
    assert link.health.latency_ms is not None


@pytest.mark.parametrize("outage", OUTAGES)
async def test_an_outage_and_its_end_are_logged_once(
    own_valkey: PrivateValkey, link: RedisLink, outage: Outage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, LOGGER)

    with outage(own_valkey):
        for _ in range(50):
            with pytest.raises(RedisUnavailableError):
                await link.call(write)
        await asyncio.sleep(0.7)
        assert not link.is_up
        assert link.health.status == "unavailable"
    await wait_for_link(link, is_up=True)

    await link.call(write)
    lines = [record.getMessage() for record in caplog.records]
    assert [line.split()[2] for line in lines] == ["unavailable", "healthy"]
    assert own_valkey.password not in str(lines)


async def test_redis_is_found_after_a_start_without_it(
    own_valkey: PrivateValkey, open_link: OpenLink
) -> None:
    own_valkey.stop()
    async with open_link(own_valkey.url) as link:
        assert not link.is_up
        own_valkey.start()
        await wait_for_link(link, is_up=True)


async def test_a_silent_host_delays_the_start_by_at_most_a_second(
    own_valkey: PrivateValkey, open_link: OpenLink
) -> None:
    async with FaultProxy(target=own_valkey.port) as proxy:
        proxy.freeze()
        async with asyncio.timeout(2), open_link(proxied(own_valkey, proxy), TIMING) as link:
            assert not link.is_up


async def test_nothing_is_sent_during_an_outage(own_valkey: PrivateValkey, link: RedisLink) -> None:
    with killed(own_valkey):
        with pytest.raises(RedisUnavailableError):
            await link.call(write)

        async def fail_if_called(_: Redis) -> None:
            raise AssertionError("called")

        with pytest.raises(RedisUnavailableError):
            await link.call(fail_if_called)


async def test_preparation_precedes_the_next_use_of_redis(
    own_valkey: PrivateValkey, link: RedisLink
) -> None:
    events: list[str] = []

    async def prepare(redis: Redis) -> None:
        assert not link.is_up
        events.append("failed" if not events else "prepared")
        if events == ["failed"]:
            raise ConnectionError
        await redis.set("prepared", "yes")

    link.on_recovery(prepare)
    with killed(own_valkey), pytest.raises(RedisUnavailableError):
        await link.call(write)
    await wait_for_link(link, is_up=True)

    assert events == ["failed", "prepared"]


async def test_a_flush_is_not_an_outage(link: RedisLink) -> None:
    await link.call(lambda redis: redis.flushall())

    await link.call(write)
    assert link.is_up


async def test_callers_without_a_free_connection_are_refused_without_an_outage(
    own_valkey: PrivateValkey, open_link: OpenLink
) -> None:
    # Only the wait for a connection can fail, and no probe uses one of its own.
    only_queueing = replace(PATIENT_TIMING, call=10, interval=3600)
    async with (
        FaultProxy(target=own_valkey.port) as proxy,
        open_link(proxied(own_valkey, proxy), only_queueing) as link,
    ):
        proxy.delay = 0.003
        calls = (link.call(echo(number)) for number in range(500))

        responses = await asyncio.gather(*calls, return_exceptions=True)
        assert link.is_up
        for number, response in enumerate(responses):
            assert response == str(number).encode() or isinstance(response, RedisUnavailableError)
        # The proxy may not have noticed yet that one of them was closed.
        await eventually(lambda: proxy.connections <= 32)


async def test_cancelled_calls_free_their_connection_and_reply(
    own_valkey: PrivateValkey, open_link: OpenLink
) -> None:
    async with (
        FaultProxy(target=own_valkey.port) as proxy,
        open_link(proxied(own_valkey, proxy)) as link,
    ):
        proxy.delay = 0.01
        for round_ in range(10):
            calls = [asyncio.create_task(link.call(echo(n))) for n in range(40)]
            await asyncio.sleep(0.005 * round_)
            for call in calls[::2]:
                call.cancel()
            await asyncio.gather(*calls, return_exceptions=True)
        proxy.delay = 0
        await wait_for_link(link, is_up=True)

        responses = await asyncio.gather(*(link.call(echo(number)) for number in range(30)))

        assert responses == [str(number).encode() for number in range(30)]


async def test_replies_after_a_freeze_are_discarded(
    own_valkey: PrivateValkey, link: RedisLink
) -> None:
    await asyncio.gather(*(link.call(echo(number)) for number in range(32)))
    with frozen(own_valkey):
        calls = [link.call(echo(1000 + number)) for number in range(100)]
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert all(isinstance(outcome, RedisUnavailableError) for outcome in outcomes)
    await wait_for_link(link, is_up=True)

    responses = await asyncio.gather(*(link.call(echo(number)) for number in range(30)))

    assert responses == [str(number).encode() for number in range(30)]


async def test_a_busy_event_loop_is_not_an_outage(link: RedisLink) -> None:
    async def be_busy() -> None:
        for _ in range(8):
            time.sleep(0.05)  # noqa: ASYNC251 - on purpose
            await asyncio.sleep(0)

    busy = asyncio.create_task(be_busy())
    responses = await asyncio.gather(*(link.call(echo(number)) for number in range(5)))
    await busy

    assert len(responses) == 5
    assert link.is_up


async def test_a_slow_link_is_an_outage(own_valkey: PrivateValkey, open_link: OpenLink) -> None:
    async with (
        FaultProxy(target=own_valkey.port) as proxy,
        open_link(proxied(own_valkey, proxy)) as link,
    ):
        proxy.delay = 0.2
        with pytest.raises(RedisUnavailableError):
            await link.call(write)
        proxy.delay = 0
        await wait_for_link(link, is_up=True)


async def test_dropped_idle_connections_are_not_an_outage(link: RedisLink) -> None:
    await asyncio.gather(*(link.call(echo(number)) for number in range(32)))

    await link.call(lambda redis: redis.client_kill_filter(_type="normal", skipme=True))
    for number in range(40):
        assert await link.call(echo(number)) == str(number).encode()


async def test_an_address_without_redis_is_an_outage(open_link: OpenLink) -> None:
    async with open_link(f"redis://{LOOPBACK}:{free_port()}/0") as link:
        assert link.health.status == "unavailable"


def proxied(own_valkey: PrivateValkey, proxy: FaultProxy) -> str:
    return own_valkey.url.replace(f":{own_valkey.port}/", f":{proxy.port}/")
