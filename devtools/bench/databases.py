"""Create databases with many products from a catalogue. They are reused by later runs."""

import io
from typing import TypeAlias
from urllib.parse import urlsplit

import asyncpg

from app.infrastructure.database.migration import migrate
from app.infrastructure.database.pool import SESSION
from devtools.bench.catalogue import COLUMNS, Catalogue

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

INSERT_PRODUCTS = """
    INSERT INTO products (sku, name, description, category, unit, business_unit, location, price,
                          product_type, is_available, created_at, updated_at)
    SELECT left(sku, 56) || '~' || i, name || CASE copy WHEN 0 THEN '' ELSE ' rev ' || copy END,
           description, category, unit, business_unit,
           (ARRAY['EU', 'US', 'APAC', 'MEA', 'LATAM'])[1 + abs(hashint8(i * 31)) % 5],
           round(price * (0.9 + abs(hashint8(i * 17) % 1000) / 5000.0), 2), product_type,
           abs(hashint8(i * 13)) % 100 >= 3, moment,
           moment + abs(hashint8(i)) % 1000 * interval '1 hour'
    FROM (SELECT *, timestamptz '2025-01-01' + i::float8 / $1 * interval '600 days' AS moment
          FROM (SELECT *, row_number() OVER (ORDER BY copy, md5(sku || copy)) AS i
                FROM source, generate_series(0, ($1 - 1) / (SELECT count(*) FROM source)) AS copy
               ) AS numbered
          WHERE i <= $1::bigint) AS chosen
    ORDER BY i"""


def database_url(url: str, name: str) -> str:
    return urlsplit(url)._replace(path=f"/{name}").geturl()


async def connect(url: str, database: str = "postgres") -> Connection:
    return await asyncpg.connect(database_url(url, database), server_settings=SESSION)


async def open_products_database(url: str, catalogue: Catalogue, size: int) -> Connection:
    """Connect to the database with `size` products. Create it if it does not exist."""
    name = catalogue.database(size)
    maintenance = await connect(url)
    exists = "SELECT true FROM pg_database WHERE datname = $1"
    if not await maintenance.fetchval(exists, name):
        # Create it under another name: an interrupted run must not leave an incomplete database.
        await recreate_database(maintenance, "unfinished")
        await migrate(database_url(url, "unfinished"))
        filling = await connect(url, "unfinished")
        await insert_products(filling, catalogue, size)
        await filling.close()
        await maintenance.execute(f"ALTER DATABASE unfinished RENAME TO {name}")
    await maintenance.close()
    await migrate(database_url(url, name))
    return await connect(url, name)


async def recreate_database(
    maintenance: Connection, name: str, template: str = "template1"
) -> None:
    await maintenance.execute("SET statement_timeout = 0")
    await maintenance.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    await maintenance.execute(
        f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy", timeout=120
    )


async def insert_products(connection: Connection, catalogue: Catalogue, size: int) -> None:
    await connection.execute("SET maintenance_work_mem = '512MB'; SET statement_timeout = 0")
    indexes = await connection.fetch(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'products'"
        " AND indexname NOT IN (SELECT conname FROM pg_constraint)"
    )
    for index in indexes:
        await connection.execute(f"DROP INDEX {index['indexname']}")
    await connection.execute(
        "CREATE TEMP TABLE source (sku text, name text, description text, category text, unit text,"
        " business_unit text, location text, price numeric, product_type text)"
    )
    await connection.copy_to_table(
        "source", source=io.BytesIO(catalogue.content), columns=COLUMNS, format="csv", header=True
    )
    await connection.execute(INSERT_PRODUCTS.replace("$1", str(size)))
    for index in indexes:
        await connection.execute(index["indexdef"])
    await connection.execute("VACUUM ANALYZE products")
