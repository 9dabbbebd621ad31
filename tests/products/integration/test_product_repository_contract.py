"""The contract of every ProductRepository beyond that of all domains."""

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest

from app.exceptions.products.product_exceptions import SkuTakenError
from app.ports.transactions import Transactions
from app.repositories.products.product_repository import ProductRepository
from tests.products.factories import make_new_product


async def test_an_added_record_can_be_read(products: ProductRepository) -> None:
    new = make_new_product(sku="NB-1", description="Thin", price=Decimal("0.01"))

    added = await products.add(new)

    assert await products.get(added.id) == added
    assert (added.sku, added.description, added.price) == ("NB-1", "Thin", Decimal("0.01"))
    assert added.version == 1


@pytest.mark.parametrize("price", ["0.01", "0.10", "12.50", "9999999999.99"])
async def test_money_is_stored_exactly(products: ProductRepository, price: str) -> None:
    added = await products.add(make_new_product(price=Decimal(price)))

    assert str((await products.get(added.id)).price) == price


@pytest.mark.parametrize("text", ["x'; DROP TABLE products; --", "日本", "🖥", "%_\\", "a\u202eb"])
async def test_text_is_stored_unchanged(products: ProductRepository, text: str) -> None:
    added = await products.add(make_new_product(name=text))

    assert (await products.get(added.id)).name == text


async def test_a_taken_sku_is_refused(products: ProductRepository) -> None:
    await products.add(make_new_product(sku="NB-1"))

    with pytest.raises(SkuTakenError, match="SKU NB-1 belongs to another product"):
        await products.add(make_new_product(sku="NB-1"))


async def test_skus_are_case_sensitive(products: ProductRepository) -> None:
    await products.add(make_new_product(sku="NB-1"))

    await products.add(make_new_product(sku="nb-1"))


async def test_several_products_may_have_no_sku(products: ProductRepository) -> None:
    for _ in range(2):
        assert (await products.add(make_new_product(sku=None))).sku is None


async def test_the_sku_of_a_removed_product_can_be_reused(products: ProductRepository) -> None:
    first = await products.add(make_new_product(sku="NB-1"))

    await products.remove(first.id)

    assert (await products.add(make_new_product(sku="NB-1"))).id != first.id


async def test_an_update_increments_the_version(products: ProductRepository) -> None:
    first = await products.add(make_new_product(sku="NB-1"))

    second = await products.update(first.with_price(Decimal("1.10")))

    assert (second.version, second.price) == (2, Decimal("1.10"))
    assert second.updated_at >= first.updated_at
    assert replace(first, version=2, price=second.price, updated_at=second.updated_at) == second
    assert await products.get(first.id) == second


async def test_no_parallel_change_is_lost(
    products: ProductRepository, transactions: Transactions
) -> None:
    product = await products.add(make_new_product(price=Decimal(1)))

    async def raise_price() -> None:
        found = await products.get_for_update(product.id)
        await products.update(found.with_price(found.price + 1))

    await asyncio.gather(*(transactions.run(raise_price) for _ in range(12)))

    changed = await products.get(product.id)
    assert (changed.price, changed.version) == (Decimal(13), 13)
