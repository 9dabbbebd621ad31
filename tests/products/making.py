"""Products to test with: each test names only what matters to it."""

from dataclasses import asdict
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from app.models.products.product import NewProduct, Product

PRODUCTS = "/api/v1/products"
SOME_TIME = datetime(2026, 3, 1, 12, 30, 15, 123456, UTC)


def product_body(**overrides: Any) -> dict[str, Any]:
    """Make what a client sends; a member of `...` is left out."""
    body = {
        "name": "Laptop",
        "category": "Notebooks",
        "unit": "Piece",
        "business_unit": "Workplace",
        "location": "EU",
        "price": 999.5,
        "product_type": "HW",
    } | overrides
    return {name: value for name, value in body.items() if value is not ...}


def make_new_product(**overrides: Any) -> NewProduct:
    values = product_body(price=Decimal("999.50")) | overrides
    return NewProduct(**values)


def make_product(**overrides: Any) -> Product:
    stamps = {"id": 1, "created_at": SOME_TIME, "updated_at": SOME_TIME, "version": 1}
    return Product(**(asdict(make_new_product()) | stamps | overrides))
