"""Reads and writes that meet in the worst order, with and without Redis."""

import asyncio
from collections.abc import AsyncIterator
from contextvars import Context
from decimal import Decimal

import pytest

from app.exceptions.products.product_exceptions import ProductNotFoundError
from app.models.listing import ListQuery
from app.models.products.product import Product
from devtools.valkey import PrivateValkey
from tests.cache.conftest import Machine, OpenMachine
from tests.products.making import make_new_product


@pytest.fixture(params=["no Redis", "Redis"])
async def machine(
    request: pytest.FixtureRequest, open_machine: OpenMachine, valkey: PrivateValkey
) -> AsyncIterator[Machine]:
    async with open_machine(redis_url=valkey.url if request.param == "Redis" else None) as opened:
        yield opened


@pytest.fixture
async def product(machine: Machine) -> Product:
    return await machine.products.add(make_new_product(price=Decimal(1)))


async def change(machine: Machine, product: Product, price: int = 2) -> Product:
    async def work() -> Product:
        found = await machine.products.get_for_update(product.id)
        return await machine.products.update(found.with_price(Decimal(price)))

    return await machine.database.run(work)


async def test_an_old_row_that_is_stored_after_a_change_is_never_read(
    machine: Machine, product: Product
) -> None:
    machine.slow.close_gate()
    late = asyncio.create_task(machine.products.get(product.id))
    await machine.slow.arrived.wait()

    changed = await change(machine, product)
    machine.slow.gate.set()

    assert await late == product
    assert await machine.products.get(product.id) == changed


async def test_an_old_page_that_is_stored_after_a_change_is_never_read(
    machine: Machine, product: Product
) -> None:
    machine.slow.close_gate()
    late = asyncio.create_task(machine.products.list(ListQuery()))
    await machine.slow.arrived.wait()

    changed = await change(machine, product)
    machine.slow.gate.set()

    assert (await late).items == (product,)
    assert (await machine.products.list(ListQuery())).items == (changed,)


async def test_what_was_removed_does_not_come_back_with_a_late_reader(
    machine: Machine, product: Product
) -> None:
    machine.slow.close_gate()
    late = asyncio.create_task(machine.products.get(product.id))
    await machine.slow.arrived.wait()

    await machine.products.remove(product.id)
    machine.slow.gate.set()

    await late
    with pytest.raises(ProductNotFoundError):
        await machine.products.get(product.id)
    assert (await machine.products.list(ListQuery())).items == ()


async def test_a_reader_after_a_change_does_not_join_a_read_from_before(
    machine: Machine, product: Product
) -> None:
    machine.slow.close_gate()
    early = asyncio.create_task(machine.products.get(product.id))
    await machine.slow.arrived.wait()
    changed = await change(machine, product)

    after = asyncio.create_task(machine.products.get(product.id))
    await asyncio.sleep(0)
    machine.slow.gate.set()

    assert (await early, await after) == (product, changed)


async def test_many_who_miss_at_once_load_once(machine: Machine, product: Product) -> None:
    machine.slow.close_gate()
    readers = [asyncio.create_task(machine.products.get(product.id)) for _ in range(100)]
    await machine.slow.arrived.wait()
    await asyncio.sleep(0)
    machine.slow.gate.set()

    assert set(await asyncio.gather(*readers)) == {product}
    assert machine.slow.reads == 1


async def test_a_reader_who_goes_away_takes_nobody_elses_answer(
    machine: Machine, product: Product
) -> None:
    machine.slow.close_gate()
    first, second = (asyncio.create_task(machine.products.get(product.id)) for _ in range(2))
    await machine.slow.arrived.wait()

    first.cancel()
    machine.slow.gate.set()

    assert await second == product


async def test_a_transaction_sees_its_own_changes_and_nobody_else_does(
    machine: Machine, product: Product
) -> None:
    assert await machine.products.get(product.id) == product

    async def work() -> Product:
        await machine.products.update(product.with_price(Decimal(2)))
        assert (await machine.products.list(ListQuery())).items[0].price == 2
        seen_outside = await asyncio.create_task(_outside(machine, product.id))
        assert seen_outside == product
        return await machine.products.get(product.id)

    assert (await machine.database.run(work)).price == 2


async def _outside(machine: Machine, product_id: int) -> Product:
    """Read as another request does, which shares no transaction with this one."""
    context = Context()
    return await asyncio.create_task(machine.products.get(product_id), context=context)


async def test_a_failed_transaction_changes_nothing_that_is_read(
    machine: Machine, product: Product
) -> None:
    async def work() -> None:
        await machine.products.update(product.with_price(Decimal(2)))
        raise LookupError

    with pytest.raises(LookupError):
        await machine.database.run(work)

    assert await machine.products.get(product.id) == product


async def test_what_does_not_exist_is_not_remembered(machine: Machine) -> None:
    with pytest.raises(ProductNotFoundError):
        await machine.products.get(1)

    product = await machine.products.add(make_new_product())

    assert (await machine.products.get(product.id)) == product
