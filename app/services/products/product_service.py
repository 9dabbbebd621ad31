from collections.abc import Collection
from decimal import Decimal

from app.infrastructure.database.transactions import Transactions
from app.infrastructure.logging.audit_trail import AuditEntry, AuditTrail
from app.models.listing import ListQuery, Page
from app.models.products.product import NewProduct, Product
from app.models.record import changes_between
from app.repositories.products.product_repository import ProductRepository
from app.services.transactional import transactional


class ProductService:
    """What can be done with products; `expected` are the versions a caller will accept."""

    def __init__(
        self, *, products: ProductRepository, transactions: Transactions, audit: AuditTrail
    ) -> None:
        self._products = products
        self._transactions = transactions
        self._audit = audit

    async def get(self, product_id: int) -> Product:
        return await self._products.get(product_id)

    async def list(self, query: ListQuery) -> Page[Product]:
        return await self._products.list(query)

    @transactional
    async def create(self, new: NewProduct) -> Product:
        product = await self._products.add(new)
        await self._record("CREATE_PRODUCT", None, product)
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
        await self._record("UPDATE_PRICE", product, changed)
        if product.is_significant_price(price):
            await self._record("SIGNIFICANT_PRICE_CHANGE", product, changed)
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
        await self._record("UPDATE_AVAILABILITY", product, changed)
        return changed

    @transactional
    async def delete(self, product_id: int, *, expected: Collection[int] | None = None) -> None:
        product = await self._products.get_for_update(product_id)
        product.require_version(expected)
        await self._products.remove(product_id)
        await self._record("DELETE_PRODUCT", product, None)

    async def _record(self, action: str, old: Product | None, new: Product | None) -> None:
        product = new or old
        assert product is not None  # noqa: S101 - one of the two is always there
        await self._audit.record(
            AuditEntry(
                action=action,
                resource=f"products/{product.id}",
                changes=changes_between(old, new),
            )
        )
