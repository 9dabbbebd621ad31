"""Lists of records whose cost does not grow with the table; `docs/LISTS.md` explains them."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import asyncpg

from app.infrastructure.database.postgres_database import PostgresDatabase
from app.models.shared.listing import ListQuery, Page, Position
from app.repositories.shared.list_statements import (
    TOTAL_LIMIT,
    Statement,
    build_sample,
    build_single_statement,
    build_statements,
)
from app.repositories.shared.record_reader import record_reader

Item = TypeVar("Item")
Fetch = Callable[..., Awaitable[list[asyncpg.Record]]]

# The total of a frequent search text, which is not counted.
FREQUENT_TOTAL = 1_000


@dataclass(frozen=True, kw_only=True)
class Listing:
    """A table that can be listed. Only SQL declared here is interpolated; all values are bound.

    - `filters`: conditions on a column, with `{}` for their argument, by parameter name.
    - `sorts`: columns, by parameter name; each needs an index.
    - `search`: column of lower-case text, with trigram indexes on itself and on `search_pairs` of
      it, which puts a 1 around every character: so two characters form trigrams, such as `1a1`.
    - `scan_partitions`: leading column of every sort index, with the values to scan separately.
    - `selective_filters`: those with an index that also has the sort keys; up to TOTAL_LIMIT of
      their matches are sorted.
    """

    table: str
    columns: tuple[str, ...]
    filters: Mapping[str, str]
    sorts: Mapping[str, str]
    search: str | None = None
    scan_partitions: tuple[str, tuple[str, ...]] | None = None
    selective_filters: frozenset[str] = frozenset()

    def build_statement(self, query: ListQuery) -> Statement:
        """Return one statement whose work grows with the number of matches.

        For repositories that call it and `build_page`; `fetch_page` replaces both.
        """
        return build_single_statement(self, query)


async def fetch_page(
    database: PostgresDatabase, listing: Listing, query: ListQuery, make: Callable[..., Item]
) -> Page[Item]:
    """Fetch a page and its total; `make` creates an item from its columns."""
    return build_page(await fetch_rows(database.fetch, listing, query), query, make)


async def fetch_rows(fetch: Fetch, listing: Listing, query: ListQuery) -> list[asyncpg.Record]:
    """Fetch the rows of the first statement that is complete."""
    estimate, rows = 0, []
    if query.search is not None and not query.exact_total:
        sql, arguments = build_sample(listing, query)
        estimate = (await fetch(sql, *arguments))[0]["estimate"]
    for sql, arguments in build_statements(listing, query, estimate=estimate):
        rows = await fetch(sql, *arguments)
        if rows[0]["_is_complete"]:
            break
    return rows


def build_page(
    rows: Sequence[asyncpg.Record], query: ListQuery, make: Callable[..., Item]
) -> Page[Item]:
    """Convert the rows of a complete statement for `query` to a page."""
    total = rows[0]["_total"]
    *columns, _, _ = rows[0].keys()
    found = [row for row in rows if row["id"] is not None]
    shown = found[: query.limit]
    is_exact = total is not None and (query.exact_total or total <= TOTAL_LIMIT)
    return Page(
        items=tuple(map(record_reader(make, tuple(columns)), shown)),
        total=total if is_exact else FREQUENT_TOTAL if total is None else TOTAL_LIMIT,
        total_is_exact=is_exact,
        next_position=_position(shown[-1], query) if len(found) > query.limit else None,
    )


def _position(row: asyncpg.Record, query: ListQuery) -> Position:
    return row[query.sort_by], row["id"]
