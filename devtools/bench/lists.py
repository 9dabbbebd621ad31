# ruff: noqa: S608, T201 - a command that prints a table, about statements of our own
"""Measure list requests against a PostgreSQL 18 whose superuser URL is given.

Databases of 10 000 and 1 000 000 products are made beside it from a catalogue file, kept for
the next run, and every answer is compared with a plain statement's.

    python -m devtools.bench.lists DATABASE_URL CATALOGUE.csv.gz
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time
from pathlib import Path

from app.models.listing import ListQuery
from app.repositories.listing import TOTAL_LIMIT, escaped
from app.repositories.products.postgres_product_repository import PRODUCT_LISTING as PRODUCTS
from devtools.bench.databases import Connection, prepare, read_catalogue
from devtools.bench.list_cases import CASES

Measured = tuple[float, float, int, int]

SIZES = (10_000, 1_000_000)
RUNS = 30


async def timed(connection: Connection, query: ListQuery) -> Measured:
    """Client's median and the server's own time in ms, buffers touched, and the total."""
    sql, arguments = PRODUCTS.statement(query)
    statement = await connection.prepare(sql)
    spent = []
    for _ in range(RUNS):
        start = time.perf_counter()
        rows = await statement.fetch(*arguments)
        spent.append((time.perf_counter() - start) * 1000)
    plan = await connection.fetchval(
        f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) {sql}", *arguments
    )
    (explained,) = json.loads(plan)
    root = explained["Plan"]
    buffers = root["Shared Hit Blocks"] + root["Shared Read Blocks"]
    return (
        round(statistics.median(spent), 1),
        explained["Execution Time"],
        buffers,
        rows[0]["_total"],
    )


async def plainly(connection: Connection, query: ListQuery) -> tuple[int, list[int]]:
    """Fetch the same total and ids by the plainest statement."""
    conditions = [PRODUCTS.filters[name].format(f"${n}") for n, name in enumerate(query.filters, 1)]
    arguments = list(query.filters.values())
    if query.search is not None:
        arguments.append(f"%{escaped(query.search)}%")
        n = len(arguments)
        conditions.append(f"(name ILIKE ${n} OR sku ILIKE ${n} OR description ILIKE ${n})")
    where = f"FROM products WHERE {' AND '.join(conditions) or 'true'}"
    total = await connection.fetchval(f"SELECT count(*) {where}", *arguments)
    direction = "DESC" if query.descending else "ASC"
    rows = await connection.fetch(
        f"SELECT id {where} ORDER BY {query.sort_by} {direction}, id {direction}"
        f" LIMIT {query.limit + 1} OFFSET {query.offset}", *arguments,
    )  # fmt: skip
    return min(total, TOTAL_LIMIT + 1), [row["id"] for row in rows]


async def verify(connection: Connection, query: ListQuery) -> None:
    sql, arguments = PRODUCTS.statement(query)
    rows = await connection.fetch(sql, *arguments)
    found = rows[0]["_total"], [row["id"] for row in rows if row["id"] is not None]
    expected = await plainly(connection, query)
    if found != expected:
        raise AssertionError(f"{query}: {found} instead of {expected}")


async def deep(connection: Connection, sort_by: str, row: int) -> ListQuery:
    found = await connection.fetch(
        f"SELECT {sort_by}, id FROM products ORDER BY {sort_by}, id LIMIT 1 OFFSET {row}"
    )
    return ListQuery(sort_by=sort_by, after=(found[0][sort_by], found[0]["id"]))


async def cases(
    connections: list[Connection],
) -> dict[str, list[ListQuery]]:
    """Give each case's query for each size; only the cursors differ."""
    queries = {name: [query] * len(connections) for name, query in CASES.items()}
    for sort_by in ("id", "name", "price"):
        both = zip(connections, SIZES, strict=True)
        at_depth = [await deep(connection, sort_by, size // 10 * 9) for connection, size in both]
        queries[f"cursor at 90 %, by {sort_by}"] = at_depth
    return queries


def row(small: Measured, large: Measured) -> str:
    both = zip(small, large, strict=True)
    client, server, buffers, total = (f"{one:.5g} / {other:.5g}" for one, other in both)
    return f"{total} | {client} | {large[0] / small[0]:.1f} | {server} | {buffers}"


async def measure(connection: Connection, query: ListQuery) -> Measured:
    if query.after is None:
        await verify(connection, query)
    return await timed(connection, query)


async def main(url: str, path: str) -> None:
    catalogue = await asyncio.to_thread(read_catalogue, Path(path))
    connections = [await prepare(url, catalogue, size) for size in SIZES]
    print("| case | total | client ms | ratio | server ms | buffers |")
    print("|---|---|---|---|---|---|")
    for name, queries in (await cases(connections)).items():
        both = zip(connections, queries, strict=True)
        small, large = [await measure(connection, query) for connection, query in both]
        print(f"| {name} | {row(small, large)} |", flush=True)
    for connection in connections:
        await connection.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3]))
