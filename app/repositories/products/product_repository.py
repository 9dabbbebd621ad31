from typing import Protocol

from app.models.products.product import NewProduct, Product
from app.repositories.shared.record_repository import RecordRepository


class ProductRepository(RecordRepository[NewProduct, Product], Protocol):
    """Stores products.

    Raises SkuTakenError.
    """
