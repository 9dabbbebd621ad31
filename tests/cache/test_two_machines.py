"""Two machines: two files of marks, one Redis and one database."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from decimal import Decimal

import pytest

from app.infrastructure.cache.generation_marks import EVERYTHING
from app.models.listing import ListQuery
from app.models.products.product import Product
from devtools.fault_proxy import FaultProxy
from devtools.valkey import PrivateValkey
from tests.cache.conftest import Machine, OpenMachine
from tests.cache.waiting import until
from tests.products.making import make_new_product


@pytest.fixture
async def here(open_machine: OpenMachine, victim: PrivateValkey) -> AsyncIterator[Machine]:
    async with open_machine("here", victim.url) as machine:
        yield machine


@pytest.fixture
async def there(open_machine: OpenMachine, proxied_url: str) -> AsyncIterator[Machine]:
    async with open_machine("there", proxied_url) as machine:
        yield machine


async def price_seen(machine: Machine, product: Product) -> Decimal:
    return (await machine.products.get(product.id)).price


async def eventually_changed(machine: Machine, subject: str, by: Awaitable[object]) -> None:
    """Wait for the news of a change."""
    mark = machine.cache.local.mark(subject)
    await by
    await until(lambda: machine.cache.local.mark(subject) != mark)


async def test_what_one_has_loaded_the_other_need_not_load(here: Machine, there: Machine) -> None:
    product = await here.products.add(make_new_product(name="日本", price=Decimal("0.10")))
    page = await here.products.list(ListQuery(sort_by="price", limit=1))

    assert await here.products.get(product.id) == product
    assert await there.products.get(product.id) == product
    assert await there.products.list(ListQuery(sort_by="price", limit=1)) == page
    assert there.slow.reads == 0


@pytest.mark.parametrize("sort_by", ["id", "name", "price", "created_at"])
async def test_a_page_from_redis_can_be_continued(
    here: Machine, there: Machine, sort_by: str
) -> None:
    for number in range(3):
        await here.products.add(make_new_product(price=Decimal(number + 1)))
    query = ListQuery(sort_by=sort_by, limit=2)
    page = await here.products.list(query)

    again = await there.products.list(query)
    rest = await there.products.list(ListQuery(sort_by=sort_by, limit=2, after=again.next_position))

    assert again == page
    assert len(rest.items) == 1


async def test_what_one_changes_the_other_hears(here: Machine, there: Machine) -> None:
    product = await here.products.add(make_new_product(price=Decimal(1)))
    assert await price_seen(there, product) == 1

    change = here.products.update(product.with_price(Decimal(2)))
    await eventually_changed(there, f"products/{product.id}", asyncio.ensure_future(change))

    assert await price_seen(there, product) == 2


async def test_news_changes_nothing_where_it_comes_from(here: Machine, there: Machine) -> None:
    product = await here.products.add(make_new_product())
    subject = f"products/{product.id}"
    await here.products.update(product.with_price(Decimal(2)))
    mark = here.cache.local.mark(subject)

    change = there.products.update(product.with_price(Decimal(3)))
    await eventually_changed(here, subject, asyncio.ensure_future(change))
    mine = there.cache.local.mark(subject)
    # Redis sends in order: once this has come back, so has the news of the change.
    await eventually_changed(
        there, "products/0", asyncio.ensure_future(here.cache.changed("products/0"))
    )

    assert here.cache.local.mark(subject) != mark
    assert there.cache.local.mark(subject) == mine


async def test_lost_news_leaves_what_redis_holds_coherent(here: Machine, there: Machine) -> None:
    product = await here.products.add(make_new_product(price=Decimal(1)))
    assert await price_seen(there, product) == 1
    assert there.link is not None
    await there.link.call(lambda redis: redis.client_kill_filter(_type="pubsub"))

    await here.products.update(product.with_price(Decimal(2)))

    # What is kept in the process ends with its life of two seconds: see LocalCache.
    assert await price_seen(there, product) == 2


async def test_everything_changes_everywhere(here: Machine, there: Machine) -> None:
    product = await here.products.add(make_new_product())
    await there.products.get(product.id)
    reads = there.slow.reads

    change = asyncio.ensure_future(here.cache.changed(EVERYTHING))
    await eventually_changed(there, "products/1", change)
    await there.products.get(product.id)

    assert there.slow.reads == reads + 1


async def test_a_machine_cut_off_from_redis_reads_and_writes_and_returns_coherent(
    here: Machine, there: Machine, proxy: FaultProxy
) -> None:
    product = await here.products.add(make_new_product(price=Decimal(1)))
    assert await price_seen(there, product) == 1
    proxy.refuse()
    proxy.reset()

    changed = await there.products.update(product.with_price(Decimal(2)))
    assert await price_seen(there, product) == 2
    await proxy.accept()
    await there.is_back()

    assert await here.products.get(product.id) == changed
    assert await there.products.get(product.id) == changed
