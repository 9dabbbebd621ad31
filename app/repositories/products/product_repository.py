from typing import Protocol

from app.models.listing import ListQuery, Page
from app.models.products.product import NewProduct, Product


class ProductRepository(Protocol):
    """Where products are kept.

    Every method raises UnavailableError when the store is away.
    """

    async def add(self, new: NewProduct) -> Product:
        """Store it as version 1; raises SkuTakenError if another product has its SKU."""
        ...

    async def get(self, product_id: int) -> Product:
        """Raise ProductNotFoundError if there is none."""
        ...

    async def get_for_update(self, product_id: int) -> Product:
        """Like `get`, and nobody else changes it before the transaction ends."""
        ...

    async def update(self, product: Product) -> Product:
        """Store the fields of an existing product; returns it with its next version."""
        ...

    async def remove(self, product_id: int) -> None:
        """Raise ProductNotFoundError if there is none."""
        ...

    async def list(self, query: ListQuery) -> Page[Product]:
        """Return one page and the number of all matches, exact up to 10 000."""
        ...
