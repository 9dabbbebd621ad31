# ruff: noqa: S608, T201 - a command that prints a table, about statements of our own
"""Measure list requests on a PostgreSQL 18 server. DATABASE_URL must be that of a superuser.

Databases with 10 000 and 1 000 000 products are created from a catalogue file and kept for the next
run. Every result is compared with that of a plain reference statement.

    python -m devtools.bench.lists DATABASE_URL CATALOGUE.csv.gz
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg

from app.models.shared.listing import ListQuery, Page
from app.repositories.products.postgres_product_repository import PRODUCT_LISTING as PRODUCTS
from app.repositories.shared.list_conditions import escape_like
from app.repositories.shared.listing import build_page, fetch_rows
from devtools.bench.catalogue import read_catalogue
from devtools.bench.databases import Connection, open_products_database
from devtools.bench.list_cases import CASES

Measurement = tuple[float, float, int, int, int]

SIZES = (10_000, 1_000_000)
RUNS = 30


class Plans:
    """Executes statements, and adds up what their plans say."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.milliseconds, self.rows, self.buffers = 0.0, 0, 0

    async def fetch(self, sql: str, *arguments: object) -> list[asyncpg.Record]:
        plan = await self._connection.fetchval(
            f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) {sql}", *arguments
        )
        (explained,) = json.loads(plan)
        root = explained["Plan"]
        self.milliseconds += explained["Execution Time"]
        self.rows += round(rows_read(root))
        self.buffers += root["Shared Hit Blocks"] + root["Shared Read Blocks"]
        return await self._connection.fetch(sql, *arguments)


def rows_read(node: dict[str, Any]) -> float:
    """Add up the rows and index entries that a plan reads, also those it discards."""
    below = sum(rows_read(child) for child in node.get("Plans", ()))
    if "Relation Name" not in node and "Index Name" not in node:
        return below
    discarded = ("Rows Removed by Filter", "Rows Removed by Index Recheck")
    rows = node["Actual Rows"] + sum(node.get(name, 0) for name in discarded)
    return float(below + rows * node["Actual Loops"])


async def time_list(connection: Connection, query: ListQuery) -> Measurement:
    """Return the client's median and the server's time in ms, rows, buffers, and the total."""
    times_ms = []
    for _ in range(RUNS):
        start = time.perf_counter()
        rows = await fetch_rows(connection.fetch, PRODUCTS, query)
        times_ms.append((time.perf_counter() - start) * 1000)
    plans = Plans(connection)
    await fetch_rows(plans.fetch, PRODUCTS, query)
    median = round(statistics.median(times_ms), 1)
    total = build_page(rows, query, dict).total
    return median, plans.milliseconds, plans.rows, plans.buffers, total


async def fetch_reference(connection: Connection, query: ListQuery) -> tuple[int, list[int]]:
    """Fetch the total and the IDs with a plain statement."""
    conditions = [PRODUCTS.filters[name].format(f"${n}") for n, name in enumerate(query.filters, 1)]
    arguments = list(query.filters.values())
    if query.search is not None:
        arguments.append(f"%{escape_like(query.search)}%")
        n = len(arguments)
        conditions.append(f"(name ILIKE ${n} OR sku ILIKE ${n} OR description ILIKE ${n})")
    where = f"FROM products WHERE {' AND '.join(conditions) or 'true'}"
    total = await connection.fetchval(f"SELECT count(*) {where}", *arguments)
    direction = "DESC" if query.descending else "ASC"
    rows = await connection.fetch(
        f"SELECT id {where} ORDER BY {query.sort_by} {direction}, id {direction}"
        f" LIMIT {query.limit + 1} OFFSET {query.offset}", *arguments,
    )  # fmt: skip
    return total, [row["id"] for row in rows]


@asynccontextmanager
async def reference_settings(connection: Connection) -> AsyncIterator[None]:
    """Let plain statements read whole tables, for as long as they need."""
    async with connection.transaction():
        await connection.execute("SET LOCAL statement_timeout = 0; SET LOCAL enable_seqscan = on")
        yield


async def verify_result(connection: Connection, query: ListQuery) -> None:
    rows = await fetch_rows(connection.fetch, PRODUCTS, query)
    page: Page[dict[str, Any]] = build_page(rows, query, dict)
    async with reference_settings(connection):
        total, expected = await fetch_reference(connection, query)
    is_right = page.total == total if page.total_is_exact else page.total <= total
    if not is_right or [row["id"] for row in rows if row["id"] is not None] != expected:
        raise AssertionError(f"{query}: {page} instead of {total}: {expected}")


async def query_after_row(connection: Connection, sort_by: str, row: int) -> ListQuery:
    async with reference_settings(connection):
        found = await connection.fetch(
            f"SELECT {sort_by}, id FROM products ORDER BY {sort_by}, id LIMIT 1 OFFSET {row}"
        )
    return ListQuery(sort_by=sort_by, after=(found[0][sort_by], found[0]["id"]))


async def queries_by_case(
    connections: list[Connection],
) -> dict[str, list[ListQuery]]:
    """Return the queries of each case, one per size. Only the cursors differ."""
    queries = {name: [query] * len(connections) for name, query in CASES.items()}
    for sort_by in ("id", "name", "price"):
        both = zip(connections, SIZES, strict=True)
        at_depth = [
            await query_after_row(connection, sort_by, size // 10 * 9) for connection, size in both
        ]
        queries[f"cursor at 90 %, by {sort_by}"] = at_depth
    return queries


def format_row(small: Measurement, large: Measurement) -> str:
    both = zip(small, large, strict=True)
    client, server, rows, buffers, total = (f"{one:.6g} / {other:.6g}" for one, other in both)
    return f"{total} | {client} | {large[0] / small[0]:.1f} | {server} | {rows} | {buffers}"


async def measure(connection: Connection, query: ListQuery) -> Measurement:
    if query.after is None:
        await verify_result(connection, query)
    return await time_list(connection, query)


async def main(url: str, path: str) -> None:
    catalogue = await asyncio.to_thread(read_catalogue, Path(path))
    connections = [await open_products_database(url, catalogue, size) for size in SIZES]
    print("| case | total | client ms | ratio | server ms | rows read | buffers |")
    print("|---|---|---|---|---|---|---|")
    for name, queries in (await queries_by_case(connections)).items():
        both = zip(connections, queries, strict=True)
        small, large = [await measure(connection, query) for connection, query in both]
        print(f"| {name} | {format_row(small, large)} |", flush=True)
    for connection in connections:
        await connection.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3]))
