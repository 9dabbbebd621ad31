from typing import Protocol

from app.models.products.product import NewProduct, Product
from app.repositories.record_repository import RecordRepository


class ProductRepository(RecordRepository[NewProduct, Product], Protocol):
    """Where products are kept.

    Raises SkuTakenError.
    """
