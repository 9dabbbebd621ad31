from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from app.models.products.product import NewProduct, Product
from app.models.products.product_events import (
    AVAILABILITY_CHANGED,
    PRICE_CHANGED,
    PRODUCT_CHANGED,
    PRODUCT_CREATED,
    PRODUCT_DELETED,
)
from app.models.shared.listing import ListQuery, Page
from app.ports.transactions import Transactions
from app.repositories.products.product_repository import ProductRepository
from app.services.shared.change_log import ChangeLog
from app.services.shared.export import read_in_batches
from app.services.shared.transactional import transactional


class ProductService:
    """The use cases of products.

    `expected` is the set of versions that the caller accepts; None accepts any version.
    """

    def __init__(
        self, *, products: ProductRepository, transactions: Transactions, changes: ChangeLog
    ) -> None:
        self._products = products
        self._transactions = transactions
        self._changes = changes

    async def get(self, product_id: int) -> Product:
        return await self._products.get(product_id)

    async def list(self, query: ListQuery) -> Page[Product]:
        return await self._products.list(query)

    def export(self, query: ListQuery) -> AsyncIterator[Sequence[Product]]:
        """Read all matches in batches, each when it is needed."""
        return read_in_batches(self._products.list, query)

    @transactional
    async def create(self, new: NewProduct) -> Product:
        product = await self._products.add(new)
        await self._changes.record("CREATE_PRODUCT", None, product, event=PRODUCT_CREATED)
        return product

    @transactional
    async def update(
        self,
        product_id: int,
        changes: Mapping[str, Any],
        *,
        expected: Collection[int] | None = None,
    ) -> Product:
        """Set the given fields; equal values change nothing and send no event."""
        product = await self._products.get_for_update(product_id)
        product.require_version(expected)
        wanted = replace(product, **changes)
        if wanted == product:
            return product
        changed = await self._products.update(wanted)
        await self._changes.record("UPDATE_PRODUCT", product, changed, event=PRODUCT_CHANGED)
        return changed

    @transactional
    async def change_price(
        self, product_id: int, *, price: Decimal, expected: Collection[int] | None = None
    ) -> Product:
        """Set the price; an equal price changes nothing and sends no event.

        A change by more than 20 % has a second audit row, SIGNIFICANT_PRICE_CHANGE.
        """
        product = await self._products.get_for_update(product_id)
        product.require_version(expected)
        if price == product.price:
            return product
        changed = await self._products.update(product.with_price(price))
        await self._changes.record("UPDATE_PRICE", product, changed, event=PRICE_CHANGED)
        if product.is_significant_price(price):
            await self._changes.record("SIGNIFICANT_PRICE_CHANGE", product, changed)
        return changed

    @transactional
    async def change_availability(
        self, product_id: int, *, is_available: bool, expected: Collection[int] | None = None
    ) -> Product:
        """Set the availability; an equal value changes nothing and sends no event."""
        product = await self._products.get_for_update(product_id)
        product.require_version(expected)
        if is_available == product.is_available:
            return product
        changed = await self._products.update(product.with_availability(is_available=is_available))
        await self._changes.record(
            "UPDATE_AVAILABILITY", product, changed, event=AVAILABILITY_CHANGED
        )
        return changed

    @transactional
    async def delete(self, product_id: int, *, expected: Collection[int] | None = None) -> None:
        product = await self._products.get_for_update(product_id)
        product.require_version(expected)
        await self._products.remove(product_id)
        await self._changes.record("DELETE_PRODUCT", product, None, event=PRODUCT_DELETED)
