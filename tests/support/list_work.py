# ruff: noqa: S608 - statements of our own about a table of the tests
"""Rows that the statements of a list read, and what they depend on."""

import json
from typing import Any

import asyncpg

from app.infrastructure.database.pool import Connection
from app.models.shared.listing import ListQuery
from app.repositories.shared.list_conditions import ListConditions, where
from app.repositories.shared.listing import Listing, fetch_rows


class ListWork:
    """Measures lists of one table."""

    def __init__(self, connection: Connection, listing: Listing) -> None:
        self._connection = connection
        self._listing = listing
        self._counts: dict[str, int] = {}

    async def rows_read(self, query: ListQuery) -> int:
        """Return the rows and index entries that the plans read, also those they discard."""
        read: list[float] = []

        async def fetch(sql: str, *arguments: object) -> list[asyncpg.Record]:
            explain = f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {sql}"
            (explained,) = json.loads(await self._connection.fetchval(explain, *arguments))
            read.append(_rows_read(explained["Plan"]))
            return await self._connection.fetch(sql, *arguments)

        await fetch_rows(fetch, self._listing, query)
        return round(sum(read))

    async def matches(self, query: ListQuery) -> int:
        """Return the rows that have the search text, or else those of the strictest filter."""
        if query.search is not None:
            return await self._count(ListQuery(search=query.search))
        parts = [ListQuery(filters={name: value}) for name, value in query.filters.items()]
        return min([await self._count(part) for part in parts], default=0)

    async def distance(self, query: ListQuery) -> int:
        """Return the entries in the order of the list, until each partition has filled a page."""
        assert self._listing.scan_partitions is not None
        column, values = self._listing.scan_partitions
        chosen = [query.filters[column]] if column in query.filters else values
        return max([await self._distance_in(query, column, value) for value in chosen])

    async def _distance_in(self, query: ListQuery, column: str, value: Any) -> int:
        conditions = ListConditions(self._listing, query)
        partition = conditions.bind("partition", value)
        entries = where(
            *(each for each in conditions.of_range() if "partition.value" not in each),
            f"{column} = {partition}",
        )
        matching = " AND ".join(conditions.of_entries()) or "true"
        order = conditions.order(conditions.sort)
        sql = f"""
            SELECT coalesce(min(step) FILTER (WHERE nth = {query.limit + 1}), max(step), 0)
            FROM (SELECT step, row_number() OVER (PARTITION BY is_match ORDER BY step)
                         * CASE WHEN is_match THEN 1 END AS nth
                  FROM (SELECT row_number() OVER (ORDER BY {order}) AS step, {matching} AS is_match
                        FROM {self._listing.table} {entries}) AS entries) AS numbered"""
        return int(await self._connection.fetchval(sql, *conditions.arguments))

    async def _count(self, query: ListQuery) -> int:
        conditions = ListConditions(self._listing, query)
        sql = f"SELECT count(*) FROM {self._listing.table} {where(*conditions.of_rows())}"
        key = repr(query)
        if key not in self._counts:
            self._counts[key] = await self._connection.fetchval(sql, *conditions.arguments)
        return self._counts[key]


def _rows_read(node: dict[str, Any]) -> float:
    """Sum what the scans of tables and indexes read."""
    below = sum(_rows_read(child) for child in node.get("Plans", ()))
    if "Relation Name" not in node and "Index Name" not in node:
        return below
    discarded = ("Rows Removed by Filter", "Rows Removed by Index Recheck")
    rows = node["Actual Rows"] + sum(node.get(name, 0) for name in discarded)
    return float(below + rows * node["Actual Loops"])
