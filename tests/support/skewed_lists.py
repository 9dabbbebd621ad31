# ruff: noqa: S608 - statements of our own about a table of the tests
"""A table of widgets whose columns are correlated and skewed, and every kind of list of it."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from itertools import combinations, product
from typing import Any

from app.infrastructure.database.pool import Connection
from app.models.shared.listing import ListQuery, Position

# The kind follows the ID, and names and prices follow the kind. 99 % are in one category; the
# rare one, and what is not active, are at the end of every order but those by quantity.
INSERT = """
    INSERT INTO widgets (code, name, note, category, price, kind, quantity, is_active, created_at,
                         updated_at)
    SELECT CASE WHEN i % 100 = 0 THEN 'N-' || i END,
           CASE WHEN i < 0.6 * size THEN 'A part ' ELSE 'b program ' END || lpad(i::text, 9, '0'),
           CASE WHEN i % 16 = 3 THEN 'alpha' WHEN i > 0.98 * size THEN 'omega'
                WHEN i <= 30 THEN 'sigma' END,
           CASE WHEN i > size - 30 THEN 'rare' WHEN i % 100 = 0 THEN 'uncommon' ELSE 'common' END,
           1 + i / 100.0, CASE WHEN i < 0.6 * size THEN 'HW' ELSE 'SW' END, i * 7919 % 1000,
           i <= 0.97 * size, moment, moment + i * 7919 % 1000 * interval '1 hour'
    FROM (SELECT i, size, timestamptz '2026-01-01' + i * interval '1 second' AS moment
          FROM generate_series(1::bigint, $1::bigint) AS i, (VALUES ($1::bigint)) AS given (size)
         ) AS numbered"""
SORTS = ("id", "name", "category", "price", "quantity", "updated_at")
SEARCHES = (
    *(None, "alpha", "omega", "sigma", "a", "zz", "nowhere"),
    *("part alpha", "program omega", "alpha uncommon", "alpha omega", "a part", "a b", "no one"),
)


async def insert_skewed(connection: Connection, size: int) -> None:
    """Insert the rows without the secondary indexes, which are then created at once."""
    await connection.execute("SET maintenance_work_mem = '256MB'")
    indexes = await connection.fetch(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'widgets'"
        " AND indexname NOT IN (SELECT conname FROM pg_constraint)"
    )
    for index in indexes:
        await connection.execute(f"DROP INDEX {index['indexname']}")
    await connection.execute(INSERT, size)
    for index in indexes:
        await connection.execute(index["indexdef"])
    await connection.execute("VACUUM ANALYZE widgets")


def all_filters(size: int) -> Iterator[dict[str, Any]]:
    """Yield filters on up to three columns, among them ranges at both ends of the prices."""
    top = Decimal(size) / 100
    by_column: list[list[dict[str, Any]]] = [
        [{"kind": "HW"}, {"kind": "SW"}],
        [{"category": "common"}, {"category": "uncommon"}, {"category": "rare"}],
        [{"is_active": True}, {"is_active": False}],
        [{"min_quantity": 500}, {"min_quantity": 7, "max_quantity": 7}],
        [
            {"min_price": top / 4, "max_price": top / 2},
            {"min_price": top * Decimal("0.99")},
            {"max_price": Decimal(3)},
        ],
    ]
    for count in range(4):
        for columns in combinations(by_column, count):
            for chosen in product(*columns):
                yield {name: value for each in chosen for name, value in each.items()}


def all_queries(size: int, positions: Mapping[str, Position]) -> Iterator[ListQuery]:
    """Yield every combination of filters, search, sort, order, first page and page by cursor."""
    orders = product(all_filters(size), SEARCHES, SORTS, (False, True))
    for filters, search, sort_by, descending in orders:
        query = ListQuery(filters=filters, search=search, sort_by=sort_by, descending=descending)
        yield query
        yield replace(query, after=positions[sort_by])


async def middle_positions(connection: Connection, size: int) -> dict[str, Position]:
    """Return the position in the middle of every order."""
    positions: dict[str, Position] = {}
    for sort in SORTS:
        middle = f"SELECT {sort}, id FROM widgets ORDER BY {sort}, id OFFSET {size // 2} LIMIT 1"
        found = await connection.fetch(middle)
        positions[sort] = (found[0][sort], found[0]["id"])
    return positions
