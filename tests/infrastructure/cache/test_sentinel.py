"""Redis with Sentinel: a failover to the replica is followed, and the caches stay coherent."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest

from tests.support.cache_machines import Machine, OpenMachine
from tests.support.sentinel_group import SentinelGroup
from tests.support.waiting import eventually
from tests.widgets.factories import make_new_widget
from tests.widgets.models.widget import Widget


@pytest.fixture(scope="module")
def group(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SentinelGroup]:
    with SentinelGroup(tmp_path_factory.mktemp("sentinel")) as running:
        yield running


async def test_a_failover_is_followed_and_no_read_is_stale(
    group: SentinelGroup, open_machine: OpenMachine
) -> None:
    url = group.url
    async with open_machine("here", url) as here, open_machine("there", url) as there:
        widget = await here.widgets.add(make_new_widget(price=Decimal(1)))
        assert await there.widgets.get(widget.id) == widget

        group.master.kill()
        # The failure is known at the first call; until then nothing else has changed.
        await _set_price(here, widget, Decimal(2))
        assert await _price(here, widget) == Decimal(2)
        await eventually(lambda: not _is_up(here) and not _is_up(there))
        await here.wait_for_redis()
        await there.wait_for_redis()

        # What the old master had is not used, and invalidations pass through the new one.
        assert await _price(there, widget) == Decimal(2)
        tag = f"widgets/{widget.id}"
        generation = there.cache.generations.read(tag)
        await _set_price(here, widget, Decimal(3))
        await eventually(lambda: there.cache.generations.read(tag) != generation)
        assert await _price(there, widget) == Decimal(3)


def _is_up(machine: Machine) -> bool:
    assert machine.link is not None
    return machine.link.is_up


async def _set_price(machine: Machine, widget: Widget, price: Decimal) -> None:
    await machine.widgets.update(replace(widget, price=price))


async def _price(machine: Machine, widget: Widget) -> Decimal:
    return (await machine.widgets.get(widget.id)).price
