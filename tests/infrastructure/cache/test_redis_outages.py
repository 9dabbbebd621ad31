"""During and after an outage of Redis, reads and writes succeed and no read is stale."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
import redis

from devtools.fault_proxy import FaultProxy
from devtools.valkey import PrivateValkey
from tests.support.cache_machines import Machine, OpenMachine
from tests.support.redis_outages import OUTAGES, Outage
from tests.support.waiting import eventually
from tests.widgets.factories import make_new_widget
from tests.widgets.models.widget import Widget


@contextmanager
def flushed(server: PrivateValkey) -> Iterator[None]:
    with redis.Redis.from_url(server.url) as admin:
        admin.flushall()
    yield


@contextmanager
def restored_from_snapshot(server: PrivateValkey) -> Iterator[None]:
    """Restart the server with its old values and generations, as from a snapshot."""
    with redis.Redis.from_url(server.url) as admin:
        dump = {key: admin.dump(key) for key in admin.scan_iter()}
    yield
    server.stop()
    server.start()
    with redis.Redis.from_url(server.url) as admin:
        for key, value in dump.items():
            admin.restore(key, 0, value, replace=True)


async def wait_for_value(admin: redis.Redis) -> Any:
    """Return the key of the only value; it is stored after the read has returned."""
    await eventually(lambda: len(admin.keys("*:value:*")) == 1)
    (name,) = admin.keys("*:value:*")
    return name


async def change_and_read(machine: Machine, widget: Widget, price: int) -> Widget:
    """Change the widget and check that single and list reads return the new price."""
    changed = await machine.widgets.update(replace(widget, price=Decimal(price)))
    assert await machine.widgets.get(widget.id) == changed
    return changed


@pytest.mark.parametrize(
    "outage", [*OUTAGES, flushed], ids=lambda outage: outage.__name__.replace("_", " ")
)
async def test_no_read_is_stale_during_or_after_a_redis_outage(
    outage: Outage, open_machine: OpenMachine, own_valkey: PrivateValkey
) -> None:
    async with (
        open_machine("here", own_valkey.url) as here,
        open_machine("here", own_valkey.url) as same_machine,
    ):
        widget = await here.widgets.add(make_new_widget())
        assert await same_machine.widgets.get(widget.id) == widget
        with outage(own_valkey):
            widget = await change_and_read(here, widget, 2)
            assert await same_machine.widgets.get(widget.id) == widget
            widget = await change_and_read(same_machine, widget, 3)
            assert await here.widgets.get(widget.id) == widget
        await here.wait_for_redis()
        await same_machine.wait_for_redis()

        assert await here.widgets.get(widget.id) == widget
        assert await same_machine.widgets.get(widget.id) == widget
        widget = await change_and_read(here, widget, 4)
        assert await same_machine.widgets.get(widget.id) == widget


async def test_restored_old_generations_and_values_are_not_used(
    open_machine: OpenMachine, own_valkey: PrivateValkey
) -> None:
    async with open_machine("here", own_valkey.url) as here:
        widget = await here.widgets.add(make_new_widget())
        assert await here.widgets.get(widget.id) == widget
        with restored_from_snapshot(own_valkey):
            changed = await here.widgets.update(replace(widget, price=Decimal(2)))
        await eventually(lambda: not here.cache.generations.shared_is_current)
        await here.wait_for_redis()

        assert await here.widgets.get(widget.id) == changed


async def test_a_slow_redis_is_bypassed(
    open_machine: OpenMachine, proxy: FaultProxy, proxied_url: str
) -> None:
    async with open_machine("here", proxied_url) as here:
        widget = await here.widgets.add(make_new_widget())
        proxy.delay = 0.5

        widget = await change_and_read(here, widget, 2)
        proxy.delay = 0
        await here.wait_for_redis()

        assert await here.widgets.get(widget.id) == widget


async def test_a_service_started_without_redis_uses_it_later(
    open_machine: OpenMachine, proxy: FaultProxy, proxied_url: str
) -> None:
    proxy.refuse()
    proxy.reset()
    async with open_machine("there", proxied_url, waits_for_redis=False) as there:
        widget = await there.widgets.add(make_new_widget())
        assert await there.widgets.get(widget.id) == widget
        await proxy.accept()
        await there.wait_for_redis()
        await there.widgets.get(widget.id)
        reads = there.slow.reads

        await there.widgets.get(widget.id)

        assert there.slow.reads == reads


async def test_an_invalid_value_in_redis_is_loaded_again(
    open_machine: OpenMachine, own_valkey: PrivateValkey
) -> None:
    async with open_machine("here", own_valkey.url) as here:
        widget = await here.widgets.add(make_new_widget())
        await here.widgets.get(widget.id)
        with redis.Redis.from_url(own_valkey.url) as admin:
            name = await wait_for_value(admin)
            stamp = admin.get(name)[:16]
            for garbage in (b"", b"x", stamp, stamp + b"\xc1", stamp + b"\x80"):
                admin.set(name, garbage)

                assert await here.widgets.get(widget.id) == widget


async def test_every_redis_key_expires(
    open_machine: OpenMachine, own_valkey: PrivateValkey
) -> None:
    async with open_machine("here", own_valkey.url) as here:
        widget = await here.widgets.add(make_new_widget())
        await here.widgets.get(widget.id)
        with redis.Redis.from_url(own_valkey.url) as admin:
            value = await wait_for_value(admin)
            (generation,) = admin.keys(f"*:mark:widgets/{widget.id}")

            assert 230 <= admin.ttl(value) <= 300
            assert admin.ttl(generation) > 300
