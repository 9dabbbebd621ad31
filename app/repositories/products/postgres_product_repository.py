import asyncpg

from app.exceptions.products.product_exceptions import ProductNotFoundError, SkuTakenError
from app.infrastructure.database.postgres_database import PostgresDatabase
from app.models.listing import ListQuery, Page
from app.models.products.product import NewProduct, Product
from app.repositories.listing import Listing, page_from
from app.repositories.taken import refused_if_taken

_COLUMNS = """
    id, sku, name, description, category, unit, business_unit, location, price, product_type,
    is_available, created_at, updated_at, version
"""

PRODUCT_LISTING = Listing(
    table="products",
    columns=tuple(_COLUMNS.replace(",", "").split()),
    filters={
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
    walks=("product_type", ("HW", "SW")),
    narrow=frozenset({"category"}),
)


class PostgresProductRepository:
    def __init__(self, *, database: PostgresDatabase) -> None:
        self._database = database

    async def add(self, new: NewProduct) -> Product:
        with refused_if_taken(products_sku_key=SkuTakenError(new.sku)):
            record = await self._database.fetchrow(
                f"""
                INSERT INTO products
                    (sku, name, description, category, unit, business_unit, location, price,
                     product_type, is_available)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
                RETURNING {_COLUMNS}
                """,
                new.sku,
                new.name,
                new.description,
                new.category,
                new.unit,
                new.business_unit,
                new.location,
                new.price,
                new.product_type,
                new.is_available,
            )
        assert record is not None  # RETURNING
        return Product(**record)

    async def get(self, product_id: int) -> Product:
        record = await self._database.fetchrow(
            f"SELECT {_COLUMNS} FROM products WHERE id = $1", product_id
        )
        return _found(record, product_id)

    async def get_for_update(self, product_id: int) -> Product:
        record = await self._database.fetchrow(
            f"SELECT {_COLUMNS} FROM products WHERE id = $1 FOR UPDATE", product_id
        )
        return _found(record, product_id)

    async def update(self, product: Product) -> Product:
        record = await self._database.fetchrow(
            f"""
            UPDATE products
            SET price = $2, is_available = $3,
                version = version + 1, updated_at = now()
            WHERE id = $1
            RETURNING {_COLUMNS}
            """,
            product.id,
            product.price,
            product.is_available,
        )
        return _found(record, product.id)

    async def remove(self, product_id: int) -> None:
        record = await self._database.fetchrow(
            "DELETE FROM products WHERE id = $1 RETURNING id", product_id
        )
        if record is None:
            raise ProductNotFoundError(product_id)

    async def list(self, query: ListQuery) -> Page[Product]:
        sql, arguments = PRODUCT_LISTING.statement(query)
        records = await self._database.fetch(sql, *arguments)
        return page_from(records, query, Product)


def _found(record: asyncpg.Record | None, product_id: int) -> Product:
    if record is None:
        raise ProductNotFoundError(product_id)
    return Product(**record)
