"""Statements that read one page of a list; `docs/LISTS.md` explains what bounds them.

There are two shapes. `collect` reads all matches from an index of the filters, and sorts them.
`walk` reads an index in the order of the list, until the page is full. Each stops at a limit: then
`_is_complete` is false, and the next statement has to be tried.
"""

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from app.models.shared.listing import ListQuery
from app.repositories.shared.list_conditions import ListConditions, where

if TYPE_CHECKING:
    from app.repositories.shared.listing import Listing

Statement = tuple[str, list[object]]

# An exact total ends here.
TOTAL_LIMIT = 10_000
# Matches that are read and sorted: before a walk, and after it.
FEW_MATCHES = 1_000
MANY_MATCHES = 100_000
# Index entries of a walk. With a search text, each row must be read: walks begin short.
WALK_LIMIT = 10_000
TEXT_WALK_LIMITS = (1_000, 4_000)
# A search text is frequent if so many sampled rows have it, and if they stand for so many matches:
# then there are more than 1 000, and a short walk probably finds a page.
SAMPLE_ROWS = 200
FREQUENT_ROWS = 5
FREQUENT_MATCHES = 5_000


def build_sample(listing: "Listing", query: ListQuery) -> Statement:
    """Return the statement that estimates the matches of a search text; `estimate` is 0 if rare."""
    return _StatementBuilder(listing, query).sample()


def build_statements(
    listing: "Listing", query: ListQuery, *, estimate: int = 0
) -> Iterator[Statement]:
    """Yield statements whose limits grow; the last one has no limit."""

    def new() -> "_StatementBuilder":
        return _StatementBuilder(listing, query)

    if not new().is_filtered:
        yield new().walk()
        return
    if query.search is None:
        is_selective = bool(listing.selective_filters & query.filters.keys())
        yield new().collect(TOTAL_LIMIT) if is_selective else new().collect_few(FEW_MATCHES)
        yield new().walk(WALK_LIMIT, is_counted=is_selective)
    elif estimate > FREQUENT_MATCHES:
        yield from (new().walk(limit) for limit in TEXT_WALK_LIMITS)
    if estimate <= MANY_MATCHES:
        yield new().collect(MANY_MATCHES)
    yield new().walk(is_counted=True)


def build_single_statement(listing: "Listing", query: ListQuery) -> Statement:
    """Return a statement that is complete, whatever it has to read."""
    builder = _StatementBuilder(listing, query)
    # Another one: the question binds arguments, which the statement may not use.
    is_filtered = _StatementBuilder(listing, query).is_filtered
    return builder.collect(sys.maxsize // 2) if is_filtered else builder.walk()


class _StatementBuilder:
    """Builds one statement, which returns one row more than the page has, if more follow."""

    def __init__(self, listing: "Listing", query: ListQuery) -> None:
        self._listing = listing
        self._query = query
        self._conditions = ListConditions(listing, query)

    @property
    def is_filtered(self) -> bool:
        """Whether the index in the order of the list also has entries of other rows."""
        return bool(self._conditions.of_entries())

    def collect(self, limit: int) -> Statement:
        """Read the matches with their sort keys."""
        matches = self._matches(f"id, {self._conditions.sort} AS key", limit)
        return self._collect(matches, "matches", limit)

    def collect_few(self, limit: int) -> Statement:
        """Read the matches from an index of the filters, then their sort keys by ID.

        In one step, the planner might read a whole index that has both, if it expects many matches.
        """
        keys = f"SELECT id, {self._conditions.sort} AS key FROM {self._listing.table}"
        few = f"({keys} WHERE id = ANY (ARRAY(SELECT id FROM matches))) AS few"
        return self._collect(self._matches("id", limit), few, limit)

    def walk(self, limit: int | None = None, *, is_counted: bool = False) -> Statement:
        """Read the index until the page is full; `is_counted` if the total is above its limit."""
        is_complete = "NOT EXISTS (SELECT FROM walked WHERE _is_end)"
        walked, total = {"walked": self._walk(limit)}, self._count(is_counted=is_counted)
        return self._page(walked, "walked", total=total, is_complete=is_complete)

    def sample(self) -> Statement:
        """Compare rows at places that a multiple of the golden ratio spreads over all IDs."""
        table = self._listing.table
        place = "(number * 618033989 % 1000000000 / 1e9::float8)"
        sampled_ids = f"""
            SELECT low + (span * {place})::bigint
            FROM ids, generate_series(1::bigint, {SAMPLE_ROWS}) AS number"""
        sql = f"""
            WITH ids AS MATERIALIZED (SELECT min(id) AS low, max(id) - min(id) AS span FROM {table})
            SELECT CASE WHEN count(*) < {FREQUENT_ROWS} THEN 0
                ELSE count(*) * (SELECT span FROM ids) / {SAMPLE_ROWS} END AS estimate
            FROM {table}
            {where(f"id = ANY (ARRAY({sampled_ids}))", *self._conditions.of_rows())}"""
        return sql, self._conditions.arguments

    def _collect(self, matches: str, source: str, limit: int) -> Statement:
        return self._page(
            {"matches": matches},
            source,
            *self._conditions.after_position("key"),
            total="(SELECT count(*) FROM matches)",
            is_complete=f"(SELECT count(*) <= {limit} FROM matches)",
        )

    def _page(
        self, steps: dict[str, str], source: str, *conditions: str, total: str, is_complete: str
    ) -> Statement:
        """Select the page from `source` if the steps are complete; else a row without columns."""
        order = self._conditions.order
        limit = self._conditions.bind("_limit", self._query.limit + 1)
        offset = self._conditions.bind("_offset", self._query.offset)
        sql = f"""
            WITH {", ".join(f"{name} AS MATERIALIZED ({step})" for name, step in steps.items())},
            outcome AS MATERIALIZED (SELECT {total} AS total, {is_complete} AS is_complete),
            page AS (
                SELECT id, key FROM {source}
                {where("(SELECT is_complete FROM outcome)", *conditions)}
                ORDER BY {order("key")} LIMIT {limit} OFFSET {offset}
            )
            SELECT {", ".join(f"item.{column}" for column in self._listing.columns)},
                outcome.total AS _total, outcome.is_complete AS _is_complete
            FROM outcome LEFT JOIN (page JOIN {self._listing.table} AS item USING (id)) ON true
            ORDER BY {order("page.key", "page.id")}"""
        return sql, self._conditions.arguments

    def _matches(self, columns: str, limit: int, *conditions: str) -> str:
        rows = where(*conditions, *self._conditions.of_matches())
        return f"SELECT {columns} FROM {self._listing.table} {rows} LIMIT {limit + 1}"

    def _count(self, *, is_counted: bool) -> str:
        """Count the matches up to TOTAL_LIMIT, but not those of a search text: it has many."""
        if self._query.exact_total:
            rows = where(*self._conditions.of_matches())
            return f"(SELECT count(*) FROM {self._listing.table} {rows})"
        if self._query.search is not None or self._query.is_batch:
            return "NULL::bigint"
        if is_counted:
            return f"{TOTAL_LIMIT + 1}"
        return f"(SELECT count(*) FROM ({self._matches('', TOTAL_LIMIT)}) AS counted)"

    def _walk(self, limit: int | None) -> str:
        """Walk each partition until the page is full, and merge what was found."""
        needed = self._conditions.bind("_needed", self._query.offset + self._query.limit + 1)
        order = self._conditions.order
        return f"""
            SELECT entry.* FROM {self._conditions.partitions()} CROSS JOIN LATERAL (
                SELECT id, {self._conditions.sort} AS key, _is_end
                FROM ({self._entries(limit)}) AS entries
                WHERE ({" AND ".join(self._conditions.of_entries()) or "true"}) OR _is_end
                ORDER BY {self._conditions.index_order()} LIMIT {needed}
            ) AS entry
            {where(*self._conditions.of_partitions())}
            ORDER BY {order("entry.key", "entry.id")} LIMIT {needed}"""

    def _entries(self, limit: int | None) -> str:
        """Select entries in the order of the list; the last one before the limit is marked."""
        order = self._conditions.index_order()
        rows = f"FROM {self._listing.table} {where(*self._conditions.of_range())}"
        if limit is None:
            return f"SELECT *, false AS _is_end {rows}"
        last = self._conditions.bind("_last", limit + self._query.offset + self._query.limit)
        number = f"row_number() OVER (ORDER BY {order})"
        return f"SELECT *, {number} = {last} AS _is_end {rows} ORDER BY {order} LIMIT {last}"
