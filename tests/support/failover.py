"""Two machines through a failover of Redis: no read is stale before, during or after it."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from tests.support.cache_machines import Machine
from tests.support.waiting import eventually
from tests.widgets.factories import make_new_widget
from tests.widgets.models.widget import Widget


async def require_coherence(here: Machine, there: Machine, *, fail: Callable[[], None]) -> None:
    widget = await here.widgets.add(make_new_widget(price=Decimal(1)))
    assert await there.widgets.get(widget.id) == widget

    fail()
    # The failure is known at the first call; until then nothing else has changed.
    await _set_price(here, widget, Decimal(2))
    assert await _price(here, widget) == Decimal(2)
    await eventually(lambda: not _is_up(here) and not _is_up(there))
    await here.wait_for_redis()
    await there.wait_for_redis()

    # What the old server had is not used, and invalidations pass through the new one.
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
