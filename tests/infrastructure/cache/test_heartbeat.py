"""Heartbeats prove that the invalidations of other machines arrive."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from time import monotonic

import pytest
import redis

from app.infrastructure.cache.heartbeat import MAX_STALENESS_SECONDS, MAX_UNRETURNED, Heartbeat
from devtools.fault_proxy import FaultProxy
from devtools.valkey import PrivateValkey
from tests.support.cache_machines import Machine, OpenMachine
from tests.support.waiting import eventually


@pytest.fixture
async def there(open_machine: OpenMachine, proxied_url: str) -> AsyncIterator[Machine]:
    async with open_machine("there", proxied_url) as machine:
        yield machine


async def wait_until_valid(machine: Machine) -> None:
    await eventually(lambda: monotonic() < machine.cache.heartbeat.valid_until)


async def wait_until_late(machine: Machine) -> None:
    await eventually(lambda: monotonic() >= machine.cache.heartbeat.valid_until)


async def wait_for_next_heartbeat(machine: Machine) -> None:
    before = machine.cache.heartbeat.valid_until
    await eventually(lambda: machine.cache.heartbeat.valid_until > before)


def test_a_heartbeat_is_valid_from_when_it_was_sent() -> None:
    heartbeat = Heartbeat()
    message = heartbeat.next_message()
    heartbeat.record_sent(message, sent_at=10.0)
    assert heartbeat.valid_until == float("-inf")

    heartbeat.record_received(message)

    assert heartbeat.valid_until == 10.0 + MAX_STALENESS_SECONDS


def test_only_the_latest_heartbeat_that_redis_has_confirmed_counts() -> None:
    heartbeat = Heartbeat()
    first, second, unconfirmed = (heartbeat.next_message() for _ in range(3))
    heartbeat.record_sent(first, sent_at=10.0)
    heartbeat.record_sent(second, sent_at=20.0)

    heartbeat.record_received(first)
    heartbeat.record_received(unconfirmed)

    assert heartbeat.valid_until == float("-inf")


def test_heartbeats_that_do_not_return_mean_a_lost_subscription() -> None:
    heartbeat = Heartbeat()
    for number in range(MAX_UNRETURNED):
        assert not heartbeat.is_lost
        heartbeat.record_sent(heartbeat.next_message(), sent_at=number)

    assert heartbeat.is_lost


async def test_heartbeats_return_while_redis_is_available(there: Machine) -> None:
    for _ in range(3):
        await wait_for_next_heartbeat(there)


async def test_without_redis_there_is_no_heartbeat(open_machine: OpenMachine) -> None:
    async with open_machine("alone") as alone:
        assert alone.cache.heartbeat.valid_until == float("-inf")


@pytest.mark.parametrize("fault", ["frozen", "refused", "slow"])
async def test_heartbeats_are_late_while_redis_cannot_be_reached(
    there: Machine, proxy: FaultProxy, fault: str
) -> None:
    await wait_until_valid(there)
    generation = there.cache.generations.read("widgets/7")
    if fault == "frozen":
        proxy.freeze()
    elif fault == "slow":
        proxy.delay = 0.5
    else:
        proxy.refuse()
        proxy.reset()

    await wait_until_late(there)
    if fault == "frozen":
        proxy.thaw()
    elif fault == "slow":
        proxy.delay = 0
    else:
        await proxy.accept()

    await wait_until_valid(there)
    # Redis is flushed after an outage, and responses from before it are not used again.
    assert there.cache.generations.read("widgets/7") != generation


async def test_a_subscription_that_redis_ends_is_renewed(
    there: Machine, own_valkey: PrivateValkey
) -> None:
    await wait_until_valid(there)
    generation = there.cache.generations.read("widgets/7")
    with redis.Redis.from_url(own_valkey.url) as admin:
        assert admin.client_kill_filter(_type="pubsub") == 1

    await eventually(lambda: there.cache.generations.read("widgets/7") != generation)
    await wait_for_next_heartbeat(there)


async def test_a_subscription_that_receives_too_slowly_is_renewed(
    there: Machine, proxy: FaultProxy, own_valkey: PrivateValkey
) -> None:
    await wait_until_valid(there)
    generation = there.cache.generations.read("widgets/7")
    proxy.freeze()
    with redis.Redis.from_url(own_valkey.url) as admin:
        admin.config_set("client-output-buffer-limit", "pubsub 1mb 1mb 1")
        channel = admin.pubsub_channels("*:changes")[0]
        while admin.publish(channel, b"x\n" + b"y" * 1_000_000):  # noqa: ASYNC110 - synchronous
            await asyncio.sleep(0)
    proxy.thaw()

    await eventually(lambda: there.cache.generations.read("widgets/7") != generation)
    await there.wait_for_redis()
    await wait_for_next_heartbeat(there)


async def test_a_subscription_that_stays_at_the_old_server_after_a_failover_is_renewed(
    there: Machine, proxy: FaultProxy, own_valkey: PrivateValkey, tmp_path: Path
) -> None:
    await wait_until_valid(there)
    with PrivateValkey(log=tmp_path / "new.log") as new:
        with redis.Redis.from_url(new.url) as admin:
            admin.config_set("requirepass", own_valkey.password)
        proxy.target = new.port
        with redis.Redis.from_url(own_valkey.url) as admin:
            admin.client_kill_filter(_type="normal", skipme=True)
            subscriptions = admin.pubsub_channels("*")

        await wait_until_late(there)
        await there.wait_for_redis()
        await wait_until_valid(there)

        with redis.Redis.from_url(own_valkey.url) as admin:
            assert len(subscriptions) == 2
            assert admin.pubsub_channels("*") == []


@pytest.mark.parametrize("loss", ["emptied", "another generation"])
async def test_a_change_of_redis_without_a_message_ends_all_responses(
    there: Machine, own_valkey: PrivateValkey, loss: str
) -> None:
    await wait_until_valid(there)
    await wait_for_next_heartbeat(there)
    generation = there.cache.generations.read("widgets/7")

    with redis.Redis.from_url(own_valkey.url) as admin:
        if loss == "emptied":
            admin.flushall()
        else:
            (name,) = admin.keys("*:mark:")
            admin.set(name, b"restored")

    await eventually(lambda: there.cache.generations.read("widgets/7") != generation)


async def test_each_process_publishes_its_heartbeats_to_itself(
    open_machine: OpenMachine, own_valkey: PrivateValkey
) -> None:
    async with (
        open_machine("here", own_valkey.url) as here,
        open_machine("there", own_valkey.url) as there,
    ):
        for machine in (here, there):
            await wait_until_valid(machine)
        with redis.Redis.from_url(own_valkey.url) as admin:
            channels = dict(admin.pubsub_numsub(*admin.pubsub_channels("*")))

    assert sorted(channels.values()) == [1, 1, 2]
