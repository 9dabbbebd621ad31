from collections.abc import Mapping
from dataclasses import replace
from typing import Any, get_args

import asyncpg

from app.exceptions.products.product_exceptions import ProductNotFoundError, SkuTakenError
from app.infrastructure.database.postgres_database import PostgresDatabase
from app.models.products.product import NewProduct, Product, ProductType
from app.models.shared.listing import ListQuery, Page
from app.repositories.shared.listing import Listing, fetch_page
from app.repositories.shared.system_fields import new_system_fields
from app.repositories.shared.unique_violations import translate_unique_violation

_COLUMNS = """
    id, sku, name, description, category, unit, business_unit, location, price, product_type,
    is_available, created_at, updated_at, version
"""

PRODUCT_LISTING = Listing(
    table="products",
    columns=tuple(_COLUMNS.replace(",", "").split()),
    filters={
        "sku": "sku = {}",
        "category": "category = {}",
        "business_unit": "business_unit = {}",
        "location": "location = {}",
        "min_price": "price >= {}",
        "max_price": "price <= {}",
        "product_type": "product_type = {}",
        "is_available": "is_available = {}",
    },
    sorts={
        "id": "id",
        "created_at": "created_at",
        "updated_at": "updated_at",
        "name": "name",
        "price": "price",
    },
    search="search_text",
    scan_partitions=("product_type", get_args(ProductType)),
    selective_filters=frozenset({"category"}),
)


class PostgresProductRepository:
    def __init__(self, *, database: PostgresDatabase) -> None:
        self._database = database

    async def add(self, new: NewProduct) -> Product:
        product = Product(**vars(new), **await new_system_fields(self._database, "products"))
        with translate_unique_violation(products_sku_key=SkuTakenError(product.sku)):
            await self._database.change_record(
                "products",
                """
                INSERT INTO products
                    (id, sku, name, description, category, unit, business_unit, location, price,
                     product_type, is_available, created_at, updated_at)
                OVERRIDING SYSTEM VALUE
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)
                """,
                product.id,
                product.sku,
                product.name,
                product.description,
                product.category,
                product.unit,
                product.business_unit,
                product.location,
                product.price,
                product.product_type,
                product.is_available,
                product.created_at,
            )
        return product

    async def get(self, product_id: int) -> Product:
        record = await self._database.fetch_by_id(
            f"SELECT {_COLUMNS} FROM products WHERE id = ANY($1)", product_id
        )
        return _found(record, product_id)

    async def get_for_update(self, product_id: int) -> Product:
        record = await self._database.read_to_change("products", _COLUMNS, product_id)
        return _found(record, product_id)

    async def update(self, product: Product) -> Product:
        next_version = await self._database.next_version("products", product.id)
        if next_version is None:
            raise ProductNotFoundError(product.id)
        changed = replace(product, **next_version._asdict())
        with translate_unique_violation(products_sku_key=SkuTakenError(product.sku)):
            is_found = await self._database.change_record(
                "products",
                """
                UPDATE products
                SET sku = $2, name = $3, description = $4, category = $5, unit = $6,
                    business_unit = $7, location = $8, price = $9, product_type = $10,
                    is_available = $11, updated_at = $12, version = version + 1
                WHERE id = $1
                """,
                product.id,
                product.sku,
                product.name,
                product.description,
                product.category,
                product.unit,
                product.business_unit,
                product.location,
                product.price,
                product.product_type,
                product.is_available,
                changed.updated_at,
            )
        if not is_found:
            raise ProductNotFoundError(product.id)
        return changed

    async def remove(self, product_id: int) -> None:
        sql = "DELETE FROM products WHERE id = $1"
        if not await self._database.change_record("products", sql, product_id):
            raise ProductNotFoundError(product_id)

    async def list(self, query: ListQuery) -> Page[Product]:
        return await fetch_page(self._database, PRODUCT_LISTING, query, Product)


def _found(record: asyncpg.Record | Mapping[str, Any] | None, product_id: int) -> Product:
    if record is None:
        raise ProductNotFoundError(product_id)
    return Product(**record)
