"""Databases of many products, made from a catalogue and kept for the next measurement."""

import gzip
import io
from pathlib import Path
from typing import TypeAlias
from urllib.parse import urlsplit

import asyncpg

from app.infrastructure.database.migration import migrate
from app.infrastructure.database.pool import SESSION

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

SOURCE = ("sku", "name", "description", "category", "unit", "business_unit", "location", "price",
          "product_type")  # fmt: skip
FILL = """
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


def read_catalogue(path: Path) -> bytes:
    content = path.read_bytes()
    return gzip.decompress(content) if path.suffix == ".gz" else content


def database_url(url: str, name: str) -> str:
    return urlsplit(url)._replace(path=f"/{name}").geturl()


async def connect(url: str, database: str = "postgres") -> Connection:
    return await asyncpg.connect(database_url(url, database), server_settings=SESSION)


async def prepare(url: str, catalogue: bytes, size: int) -> Connection:
    """Connect to the database of that size, which is made if it is not there."""
    name = f"listing_{size}"
    maintenance = await connect(url)
    known = "SELECT true FROM pg_database WHERE datname = $1"
    if not await maintenance.fetchval(known, name):
        # Under another name first: what an interrupted run leaves is not taken for whole.
        await remake(maintenance, "unfinished")
        await migrate(database_url(url, "unfinished"))
        filling = await connect(url, "unfinished")
        await fill(filling, catalogue, size)
        await filling.close()
        await maintenance.execute(f"ALTER DATABASE unfinished RENAME TO {name}")
    await maintenance.close()
    await migrate(database_url(url, name))
    return await connect(url, name)


async def remake(maintenance: Connection, name: str, template: str = "template1") -> None:
    await maintenance.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    await maintenance.execute(
        f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy", timeout=120
    )


async def fill(connection: Connection, catalogue: bytes, size: int) -> None:
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
        "source", source=io.BytesIO(catalogue), columns=SOURCE, format="csv", header=True
    )
    await connection.execute(FILL.replace("$1", str(size)))
    for index in indexes:
        await connection.execute(index["indexdef"])
    await connection.execute("VACUUM ANALYZE products")
