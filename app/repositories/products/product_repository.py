from typing import Protocol

from app.models.products.product import NewProduct, Product
from app.repositories.record_repository import RecordRepository


class ProductRepository(RecordRepository[NewProduct, Product], Protocol):
    """Where products are kept.

    Raises ProductNotFoundError, and SkuTakenError if another product has the SKU.
    """
