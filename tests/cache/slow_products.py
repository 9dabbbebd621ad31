"""A repository that counts its reads, and waits in their midst when told to."""

import asyncio

from app.models.listing import ListQuery, Page
from app.models.products.product import NewProduct, Product
from app.repositories.products.product_repository import ProductRepository


class SlowProducts:
    """Behind the `gate`, a read has its answer already and has not given it yet."""

    def __init__(self, products: ProductRepository) -> None:
        self._products = products
        self.reads = 0
        self.gate = asyncio.Event()
        self.gate.set()
        self.arrived = asyncio.Event()

    def close_gate(self) -> None:
        self.gate.clear()
        self.arrived.clear()

    async def get(self, product_id: int) -> Product:
        product = await self._products.get(product_id)
        await self._pass()
        return product

    async def list(self, query: ListQuery) -> Page[Product]:
        page = await self._products.list(query)
        await self._pass()
        return page

    async def _pass(self) -> None:
        self.reads += 1
        self.arrived.set()
        await self.gate.wait()

    async def add(self, new: NewProduct) -> Product:
        return await self._products.add(new)

    async def get_for_update(self, product_id: int) -> Product:
        return await self._products.get_for_update(product_id)

    async def update(self, product: Product) -> Product:
        return await self._products.update(product)

    async def remove(self, product_id: int) -> None:
        await self._products.remove(product_id)
