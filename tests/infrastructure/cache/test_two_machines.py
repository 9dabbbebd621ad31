"""Two machines with separate generation files share one Redis and one database."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from dataclasses import replace
from decimal import Decimal

import pytest

from app.infrastructure.cache.generation_table import ALL_TAGS
from app.models.shared.listing import ListQuery
from devtools.fault_proxy import FaultProxy
from devtools.valkey import PrivateValkey
from tests.support.cache_machines import Machine, OpenMachine
from tests.support.waiting import eventually
from tests.widgets.factories import make_new_widget
from tests.widgets.models.widget import Widget


@pytest.fixture
async def here(open_machine: OpenMachine, own_valkey: PrivateValkey) -> AsyncIterator[Machine]:
    async with open_machine("here", own_valkey.url) as machine:
        yield machine


@pytest.fixture
async def there(open_machine: OpenMachine, proxied_url: str) -> AsyncIterator[Machine]:
    async with open_machine("there", proxied_url) as machine:
        yield machine


async def read_price(machine: Machine, widget: Widget) -> Decimal:
    return (await machine.widgets.get(widget.id)).price


async def wait_for_invalidation(machine: Machine, tag: str, by: Awaitable[object]) -> None:
    """Wait until the machine has received the invalidation of the tag."""
    generation = machine.cache.generations.read(tag)
    await by
    await eventually(lambda: machine.cache.generations.read(tag) != generation)


async def test_a_value_loaded_by_one_machine_is_shared_with_the_other(
    here: Machine, there: Machine
) -> None:
    widget = await here.widgets.add(make_new_widget(name="日本", price=Decimal("0.10")))
    page = await here.widgets.list(ListQuery(sort_by="price", limit=1))

    assert await here.widgets.get(widget.id) == widget
    assert await there.widgets.get(widget.id) == widget
    assert await there.widgets.list(ListQuery(sort_by="price", limit=1)) == page
    assert there.slow.reads == 0


@pytest.mark.parametrize("sort_by", ["id", "name", "price", "created_at"])
async def test_a_page_from_redis_can_be_continued(
    here: Machine, there: Machine, sort_by: str
) -> None:
    for number in range(3):
        await here.widgets.add(make_new_widget(price=Decimal(number + 1)))
    query = ListQuery(sort_by=sort_by, limit=2)
    page = await here.widgets.list(query)

    again = await there.widgets.list(query)
    rest = await there.widgets.list(ListQuery(sort_by=sort_by, limit=2, after=again.next_position))

    assert again == page
    assert len(rest.items) == 1


async def test_a_change_on_one_machine_invalidates_the_other(here: Machine, there: Machine) -> None:
    widget = await here.widgets.add(make_new_widget(price=Decimal(1)))
    assert await read_price(there, widget) == 1

    change = here.widgets.update(replace(widget, price=Decimal(2)))
    await wait_for_invalidation(there, f"widgets/{widget.id}", asyncio.ensure_future(change))

    assert await read_price(there, widget) == 2


async def test_an_invalidation_message_is_ignored_by_its_sender(
    here: Machine, there: Machine
) -> None:
    widget = await here.widgets.add(make_new_widget())
    tag = f"widgets/{widget.id}"
    await here.widgets.update(replace(widget, price=Decimal(2)))
    generation = here.cache.generations.read(tag)

    change = there.widgets.update(replace(widget, price=Decimal(3)))
    await wait_for_invalidation(here, tag, asyncio.ensure_future(change))
    mine = there.cache.generations.read(tag)
    # Redis sends in order, so the earlier invalidation has arrived before this one.
    await wait_for_invalidation(
        there, "widgets/0", asyncio.ensure_future(here.cache.invalidate("widgets/0"))
    )

    assert here.cache.generations.read(tag) != generation
    assert there.cache.generations.read(tag) == mine


async def test_redis_stays_coherent_when_an_invalidation_message_is_lost(
    here: Machine, there: Machine
) -> None:
    widget = await here.widgets.add(make_new_widget(price=Decimal(1)))
    assert await read_price(there, widget) == 1
    assert there.link is not None
    await there.link.call(lambda redis: redis.client_kill_filter(_type="pubsub"))

    await here.widgets.update(replace(widget, price=Decimal(2)))

    # Values in the local cache expire after two seconds.
    assert await read_price(there, widget) == 2


async def test_invalidating_all_tags_reaches_every_machine(here: Machine, there: Machine) -> None:
    widget = await here.widgets.add(make_new_widget())
    await there.widgets.get(widget.id)
    reads = there.slow.reads

    change = asyncio.ensure_future(here.cache.invalidate(ALL_TAGS))
    await wait_for_invalidation(there, "widgets/1", change)
    await there.widgets.get(widget.id)

    assert there.slow.reads == reads + 1


async def test_a_machine_disconnected_from_redis_works_and_rejoins_coherently(
    here: Machine, there: Machine, proxy: FaultProxy
) -> None:
    widget = await here.widgets.add(make_new_widget(price=Decimal(1)))
    assert await read_price(there, widget) == 1
    proxy.refuse()
    proxy.reset()

    changed = await there.widgets.update(replace(widget, price=Decimal(2)))
    assert await read_price(there, widget) == 2
    await proxy.accept()
    await there.wait_for_redis()

    assert await here.widgets.get(widget.id) == changed
    assert await there.widgets.get(widget.id) == changed
