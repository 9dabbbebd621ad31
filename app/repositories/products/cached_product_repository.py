from functools import partial

from app.models.listing import ListQuery, Page
from app.models.products.product import NewProduct, Product
from app.repositories.cached_records import CachedRecords, CachedTable
from app.repositories.products.product_repository import ProductRepository

PRODUCT_TABLE = CachedTable("products", Product)


class CachedProductRepository:
    """Another repository, asked only for what is not cached."""

    def __init__(self, *, products: ProductRepository, records: CachedRecords[Product]) -> None:
        self._products = products
        self._records = records

    async def add(self, new: NewProduct) -> Product:
        product = await self._products.add(new)
        await self._records.changed(product.id)
        return product

    async def get(self, product_id: int) -> Product:
        return await self._records.get(product_id, partial(self._products.get, product_id))

    async def get_for_update(self, product_id: int) -> Product:
        return await self._products.get_for_update(product_id)

    async def update(self, product: Product) -> Product:
        changed = await self._products.update(product)
        await self._records.changed(product.id)
        return changed

    async def remove(self, product_id: int) -> None:
        await self._products.remove(product_id)
        await self._records.changed(product_id)

    async def list(self, query: ListQuery) -> Page[Product]:
        return await self._records.list(query, partial(self._products.list, query))
