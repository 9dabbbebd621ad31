from collections.abc import Collection
from decimal import Decimal

from app.infrastructure.database.transactions import Transactions
from app.models.listing import ListQuery, Page
from app.models.products.product import NewProduct, Product
from app.models.products.product_events import (
    AVAILABILITY_CHANGED,
    PRICE_CHANGED,
    PRODUCT_CREATED,
    PRODUCT_DELETED,
)
from app.repositories.products.product_repository import ProductRepository
from app.services.change_log import ChangeLog
from app.services.transactional import transactional


class ProductService:
    """What can be done with products.

    `expected` are the versions that a caller accepts: None for any.
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

    @transactional
    async def create(self, new: NewProduct) -> Product:
        product = await self._products.add(new)
        await self._changes.record("CREATE_PRODUCT", None, product, announce=PRODUCT_CREATED)
        return product

    @transactional
    async def change_price(
        self, product_id: int, *, price: Decimal, expected: Collection[int] | None = None
    ) -> Product:
        """Set the price; the same price again changes and announces nothing."""
        product = await self._products.get_for_update(product_id)
        product.require_version(expected)
        if price == product.price:
            return product
        changed = await self._products.update(product.with_price(price))
        await self._changes.record("UPDATE_PRICE", product, changed, announce=PRICE_CHANGED)
        if product.is_significant_price(price):
            await self._changes.record("SIGNIFICANT_PRICE_CHANGE", product, changed)
        return changed

    @transactional
    async def change_availability(
        self, product_id: int, *, is_available: bool, expected: Collection[int] | None = None
    ) -> Product:
        """Offer or withdraw the product; what it already is changes and announces nothing."""
        product = await self._products.get_for_update(product_id)
        product.require_version(expected)
        if is_available == product.is_available:
            return product
        changed = await self._products.update(product.with_availability(is_available=is_available))
        await self._changes.record(
            "UPDATE_AVAILABILITY", product, changed, announce=AVAILABILITY_CHANGED
        )
        return changed

    @transactional
    async def delete(self, product_id: int, *, expected: Collection[int] | None = None) -> None:
        product = await self._products.get_for_update(product_id)
        product.require_version(expected)
        await self._products.remove(product_id)
        await self._changes.record("DELETE_PRODUCT", product, None, announce=PRODUCT_DELETED)
