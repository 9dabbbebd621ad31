from app.exceptions.products.product_exceptions import ProductNotFoundError, SkuTakenError
from app.models.products.product import NewProduct, Product
from tests.support.in_memory_repository import InMemoryRepository


class InMemoryProductRepository(InMemoryRepository[NewProduct, Product]):
    def __init__(self) -> None:
        super().__init__(
            Product,
            not_found=ProductNotFoundError,
            searched=("sku", "name", "description"),
            unique={"sku": SkuTakenError},
        )
