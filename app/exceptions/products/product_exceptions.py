from app.exceptions.base import ConflictError, NotFoundError


class ProductNotFoundError(NotFoundError):
    code = "product_not_found"

    def __init__(self, product_id: int) -> None:
        super().__init__(f"Product with ID {product_id} not found")


class SkuTakenError(ConflictError):
    code = "sku_taken"

    def __init__(self, sku: str | None) -> None:
        super().__init__(f"SKU {sku} belongs to another product")
