"""Lists whose cost does not grow with the table: one statement gives the page and its total.

Counting stops at a limit. Few matches are all read and sorted. When there are many, the page
is looked for by walking an index that has the wanted order, a bounded number of steps; only
when the matches hide from that walk are all of them read and sorted. `docs/LISTS.md` has
the measurements behind the numbers.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import asyncpg

from app.models.listing import ListQuery, Page, Position

Item = TypeVar("Item")

TOTAL_LIMIT = 10_000
"""Matches that are counted; a total of one more says that there are more."""

FEW = 1_000
"""Up to this many matches are cheaper to sort than to meet on a walk."""

STEPS = 10_000
"""Entries that a walk passes before it gives up, while the index alone answers."""

STEPS_IN_TEXT = 4_000
"""The same when every step reads a row to search in it."""


@dataclass(frozen=True, kw_only=True)
class Listing:
    """A table that can be listed. Only the texts declared here ever reach the SQL.

    `filters` are conditions with `{}` for their argument, `sorts` are columns. `search` is a
    column of lower-case text, indexed by trigrams, and as `search_pairs(column)` too. `walks`
    names the column that leads every sorting index, if one does, and all of its values, each to
    be walked apart. With a `narrow` filter an index covers the matches: sorting them is cheaper
    still.
    """

    table: str
    columns: tuple[str, ...]
    filters: Mapping[str, str]
    sorts: Mapping[str, str]
    search: str | None = None
    walks: tuple[str, tuple[str, ...]] | None = None
    narrow: frozenset[str] = frozenset()

    def statement(self, query: ListQuery) -> tuple[str, list[object]]:
        """Give SQL and arguments; its rows hold `_total` and the columns, one row past the limit.

        A page without rows still gives one row: the total, with null for every column.
        """
        statement = _Statement(self, query)
        return statement.sql(), statement.arguments


class _Statement:
    def __init__(self, listing: Listing, query: ListQuery) -> None:
        self.arguments: list[object] = []
        self._listing = listing
        self._query = query
        self._sort = listing.sorts[query.sort_by]
        self._direction = "DESC" if query.descending else "ASC"
        self._wanted = self._conditions()
        self._position = [self._bind(part) for part in query.after or ()]
        limit, offset = self._bind(query.limit + 1), self._bind(query.offset)
        self._page = f"LIMIT {limit} OFFSET {offset}"
        self._reach = f"({limit} + {offset})"

    def sql(self) -> str:
        columns = ", ".join(f"item.{column}" for column in self._listing.columns)
        return f"""
            WITH {self._matches()},
            counted AS MATERIALIZED (SELECT count(*) AS total FROM matches),
            page AS ({self._chosen()})
            SELECT counted.total AS _total, {columns}
            FROM counted LEFT JOIN (page JOIN {self._listing.table} AS item USING (id)) ON true
            ORDER BY {self._order("page.key", "page.id")}"""

    def _bind(self, value: object) -> str:
        self.arguments.append(value)
        return f"${len(self.arguments)}"

    def _conditions(self) -> list[str]:
        texts = self._listing.filters
        values = self._query.filters.items()
        conditions = [texts[name].format(self._bind(value)) for name, value in values]
        if self._query.search is not None:
            pattern = self._bind(f"%{escaped(self._query.search)}%")
            conditions.append(f"{self._listing.search} LIKE lower({pattern})")
        return conditions

    def _matches(self) -> str:
        if self._query.search is None:
            return f"matches AS NOT MATERIALIZED ({self._counted('')})"
        columns = f"id, {self._sort} AS key"
        if re.search(r"[^\W_]{3}", self._query.search):
            return f"matches AS MATERIALIZED ({self._counted(columns)})"
        return self._matches_of_short_text(columns)

    def _matches_of_short_text(self, columns: str) -> str:
        # A frequent text is met soon by reading on; checking its pairs would cost far more.
        pairs = self._bind("%1" + "1".join(map(escaped, self._query.search or "")) + "1%")
        rare = f"search_pairs({self._listing.search}) LIKE lower({pairs})"
        return f"""
            sampled AS MATERIALIZED (
                SELECT count(*) > 30 AS often
                FROM (SELECT * FROM {self._listing.table} LIMIT 1000) AS sample
                {_where(self._wanted)}
            ), matches AS MATERIALIZED (
                ({self._counted(columns, "(SELECT often FROM sampled)")}) UNION ALL
                ({self._counted(columns, "NOT (SELECT often FROM sampled)", rare)})
            )"""

    def _counted(self, columns: str, *conditions: str) -> str:
        limit = "" if self._query.exact_total else f"LIMIT {TOTAL_LIMIT + 1}"
        where = _where([*self._wanted, *conditions])
        return f"SELECT {columns} FROM {self._listing.table} {where} {limit}"

    def _chosen(self) -> str:
        few = FEW
        if self._query.search is not None or self._listing.narrow & self._query.filters.keys():
            few = TOTAL_LIMIT
        source = self._all() if self._query.search is None else "matches"
        total = "(SELECT total FROM counted)"
        few_sorted = self._sorted(source, f"{total} <= {few}")
        return f"({few_sorted}) UNION ALL ({self._walked(f'{total} > {few}')})"

    def _all(self, *conditions: str) -> str:
        # OFFSET 0 keeps the planner from turning this into an unbounded walk of its own.
        where = _where([*conditions, *self._wanted])
        table = self._listing.table
        return f"(SELECT id, {self._sort} AS key FROM {table} {where} OFFSET 0) AS found"

    def _sorted(self, source: str, *conditions: str) -> str:
        where = _where([*conditions, *self._after("key")])
        return f"SELECT id, key FROM {source} {where} ORDER BY {self._order('key')} {self._page}"

    def _walked(self, condition: str) -> str:
        return f"""
            SELECT step.id, step.key FROM {self._walks()} AS step
            WHERE {condition} ORDER BY {self._order("step.key", "step.id")} {self._page}"""

    def _walks(self) -> str:
        if self._listing.walks is None:
            return f"({self._walk()})"
        column, values = self._listing.walks
        only = self._query.filters.get(column)
        apart = self._bind(list(values) if only is None else [only])
        walk = self._walk(f"{column} = walk.value")
        return f"unnest({apart}::text[]) AS walk (value) CROSS JOIN LATERAL ({walk})"

    def _walk(self, *own: str) -> str:
        steps = STEPS if self._query.search is None else STEPS_IN_TEXT
        order = self._order(self._sort)
        where = _where([*own, *self._after(self._sort)])
        ahead = f"FROM {self._listing.table} {where} ORDER BY {order}"
        rest = _where(["(SELECT beyond FROM further)", *self._after("key")])
        return f"""
            WITH near AS MATERIALIZED (
                SELECT id, {self._sort} AS key
                FROM (SELECT * {ahead} LIMIT {steps} + {self._reach}) AS ahead
                {_where(self._wanted)} ORDER BY {order} LIMIT {self._reach}
            ), further AS MATERIALIZED (
                SELECT count(*) < {self._reach}
                   AND EXISTS (SELECT {ahead} OFFSET {steps} + {self._reach}) AS beyond FROM near
            )
            SELECT id, key FROM near WHERE NOT (SELECT beyond FROM further)
            UNION ALL
            (SELECT id, key FROM {self._all(*own)} {rest}
             ORDER BY {self._order("key")} LIMIT {self._reach})"""

    def _after(self, column: str) -> list[str]:
        sign = "<" if self._query.descending else ">"
        return [f"({column}, id) {sign} ({', '.join(self._position)})"] if self._position else []

    def _order(self, column: str, row_id: str = "id") -> str:
        return f"{column} {self._direction}, {row_id} {self._direction}"


def page_from(
    rows: Sequence[asyncpg.Record], query: ListQuery, make: Callable[..., Item]
) -> Page[Item]:
    """Make a page of the rows that `Listing.statement` gave for the query."""
    total = rows[0]["_total"]
    found = [dict(row) for row in rows if row["id"] is not None]
    shown = found[: query.limit]
    for row in shown:
        del row["_total"]
    is_exact = query.exact_total or total <= TOTAL_LIMIT
    return Page(
        items=tuple(make(**row) for row in shown),
        total=total if is_exact else TOTAL_LIMIT,
        total_is_exact=is_exact,
        next_position=_position(shown[-1], query) if len(found) > query.limit else None,
    )


def _position(row: Mapping[str, Any], query: ListQuery) -> Position:
    return row[query.sort_by], row["id"]


def escaped(text: str) -> str:
    """Make the LIKE pattern that matches this very text."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _where(conditions: list[str]) -> str:
    return f"WHERE {' AND '.join(conditions)}" if conditions else ""
