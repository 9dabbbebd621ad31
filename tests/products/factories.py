"""Products for tests: each test names only the fields that matter to it."""

from dataclasses import asdict
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from app.dependencies import require_reader
from app.exceptions.products.product_exceptions import ProductNotFoundError
from app.models.products.product import NewProduct, Product
from app.repositories.products.cached_product_repository import CachedProductRepository
from app.repositories.products.postgres_product_repository import PostgresProductRepository
from app.schemas.products.product_schemas import ProductFilters
from tests.products.fakes import InMemoryProductRepository
from tests.support.domain import Domain

PRODUCTS = "/api/v1/products"
SOME_TIME = datetime(2026, 3, 1, 12, 30, 15, 123456, UTC)


def product_body(**overrides: Any) -> dict[str, Any]:
    """Return a request body; a field with the value `...` is omitted."""
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


DOMAIN = Domain(
    url=PRODUCTS,
    body=product_body,
    make_new=make_new_product,
    samples=(
        {"name": "Beta", "price": Decimal(30), "sku": "S-1", "location": "US"},
        {"name": "alpha", "price": Decimal(10), "description": "One of 100% steel"},
        {"name": "Beta", "price": Decimal(20), "category": "Phones", "is_available": False},
        {"name": "Gamma_1", "price": Decimal(20), "product_type": "SW", "unit": "Licence"},
        {"name": "Ähre", "price": Decimal(20), "business_unit": "Data", "location": "US"},
        {"name": "Beta", "price": Decimal("20.01"), "sku": "beta\\s"},
    ),
    changes={
        "": {"name": "Desk lamp"},
        "/price": {"price": 7},
        "/availability": {"is_available": False},
    },
    not_found=ProductNotFoundError,
    filters=ProductFilters,
    fake=InMemoryProductRepository,
    postgres=PostgresProductRepository,
    cached=CachedProductRepository,
    guards=dict.fromkeys(("GET", "GET /export", "GET /{product_id}"), require_reader),
)
