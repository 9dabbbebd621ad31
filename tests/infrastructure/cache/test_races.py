"""Races between reads and writes leave no stale value, with and without Redis."""

import asyncio
from collections.abc import AsyncIterator
from contextvars import Context
from dataclasses import replace
from decimal import Decimal

import pytest

from app.models.shared.listing import ListQuery
from devtools.valkey import PrivateValkey
from tests.support.cache_machines import Machine, OpenMachine
from tests.widgets.exceptions.widget_exceptions import WidgetNotFoundError
from tests.widgets.factories import make_new_widget
from tests.widgets.models.widget import Widget


@pytest.fixture(params=["no Redis", "Redis"])
async def machine(
    request: pytest.FixtureRequest, open_machine: OpenMachine, valkey: PrivateValkey
) -> AsyncIterator[Machine]:
    async with open_machine(redis_url=valkey.url if request.param == "Redis" else None) as opened:
        yield opened


@pytest.fixture
async def widget(machine: Machine) -> Widget:
    return await machine.widgets.add(make_new_widget(price=Decimal(1)))


async def change(machine: Machine, widget: Widget, price: int = 2) -> Widget:
    async def work() -> Widget:
        found = await machine.widgets.get_for_update(widget.id)
        return await machine.widgets.update(replace(found, price=Decimal(price)))

    return await machine.database.run(work)


async def test_a_stale_row_cached_after_a_change_is_never_read(
    machine: Machine, widget: Widget
) -> None:
    machine.slow.close_gate()
    late = asyncio.create_task(machine.widgets.get(widget.id))
    await machine.slow.arrived.wait()

    changed = await change(machine, widget)
    machine.slow.gate.set()

    assert await late == widget
    assert await machine.widgets.get(widget.id) == changed


async def test_a_stale_page_cached_after_a_change_is_never_read(
    machine: Machine, widget: Widget
) -> None:
    machine.slow.close_gate()
    late = asyncio.create_task(machine.widgets.list(ListQuery()))
    await machine.slow.arrived.wait()

    changed = await change(machine, widget)
    machine.slow.gate.set()

    assert (await late).items == (widget,)
    assert (await machine.widgets.list(ListQuery())).items == (changed,)


async def test_a_late_read_does_not_restore_a_removed_row(machine: Machine, widget: Widget) -> None:
    machine.slow.close_gate()
    late = asyncio.create_task(machine.widgets.get(widget.id))
    await machine.slow.arrived.wait()

    await machine.widgets.remove(widget.id)
    machine.slow.gate.set()

    await late
    with pytest.raises(WidgetNotFoundError):
        await machine.widgets.get(widget.id)
    assert (await machine.widgets.list(ListQuery())).items == ()


async def test_a_read_after_a_change_does_not_join_an_earlier_read(
    machine: Machine, widget: Widget
) -> None:
    machine.slow.close_gate()
    early = asyncio.create_task(machine.widgets.get(widget.id))
    await machine.slow.arrived.wait()
    changed = await change(machine, widget)

    after = asyncio.create_task(machine.widgets.get(widget.id))
    await asyncio.sleep(0)
    machine.slow.gate.set()

    assert (await early, await after) == (widget, changed)


async def test_parallel_cache_misses_load_once(machine: Machine, widget: Widget) -> None:
    machine.slow.close_gate()
    readers = [asyncio.create_task(machine.widgets.get(widget.id)) for _ in range(100)]
    await machine.slow.arrived.wait()
    await asyncio.sleep(0)
    machine.slow.gate.set()

    assert set(await asyncio.gather(*readers)) == {widget}
    assert machine.slow.reads == 1


async def test_a_cancelled_read_does_not_cancel_the_shared_load(
    machine: Machine, widget: Widget
) -> None:
    machine.slow.close_gate()
    first, second = (asyncio.create_task(machine.widgets.get(widget.id)) for _ in range(2))
    await machine.slow.arrived.wait()

    first.cancel()
    machine.slow.gate.set()

    assert await second == widget


async def test_uncommitted_changes_are_visible_only_in_their_transaction(
    machine: Machine, widget: Widget
) -> None:
    assert await machine.widgets.get(widget.id) == widget

    async def work() -> Widget:
        await machine.widgets.update(replace(widget, price=Decimal(2)))
        assert (await machine.widgets.list(ListQuery())).items[0].price == 2
        seen_outside = await asyncio.create_task(_read_outside(machine, widget.id))
        assert seen_outside == widget
        return await machine.widgets.get(widget.id)

    assert (await machine.database.run(work)).price == 2


async def _read_outside(machine: Machine, widget_id: int) -> Widget:
    """Read outside of the current transaction, as another request does."""
    context = Context()
    return await asyncio.create_task(machine.widgets.get(widget_id), context=context)


async def test_a_failed_transaction_does_not_change_cached_reads(
    machine: Machine, widget: Widget
) -> None:
    async def work() -> None:
        await machine.widgets.update(replace(widget, price=Decimal(2)))
        raise LookupError

    with pytest.raises(LookupError):
        await machine.database.run(work)

    assert await machine.widgets.get(widget.id) == widget


async def test_a_missing_row_is_not_cached(machine: Machine) -> None:
    with pytest.raises(WidgetNotFoundError):
        await machine.widgets.get(1)

    widget = await machine.widgets.add(make_new_widget())

    assert (await machine.widgets.get(widget.id)) == widget
