from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import asyncpg

from app.infrastructure.database.postgres_database import PostgresDatabase
from app.models.shared.audit import AuditPage, AuditRecord
from app.models.shared.listing import ListQuery
from app.utils.json_text import object_from_json

# Entries that one call reads at most. In the order of time about 40 are in a block of the table;
# those of one resource may each be in another block.
SCAN_LIMIT = 20_000
RESOURCE_SCAN_LIMIT = 5_000

COLUMNS = (
    *("id", "occurred_at", "request_id", "user_id", "role", "client_ip", "action", "resource"),
    "changes",
)

# Where the planner expects few entries, it would read and sort all of them: there may be many.
ONLY_IN_ORDER = "SET LOCAL enable_sort = off"

# asyncpg sends these as the infinities of PostgreSQL.
OLDEST, NEWEST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


class PostgresAuditRepository:
    """Reads `audit_log` in the order of one index, from a position and up to a limit.

    Only time and resource have an index: each one costs every write. Entries of a user, a request
    or an action are found by reading those of all, 20 000 at a time.
    """

    def __init__(self, *, database: PostgresDatabase) -> None:
        self._database = database

    async def list(self, query: ListQuery) -> AuditPage:
        sql, arguments = build_statement(query)

        async def fetch() -> Sequence[asyncpg.Record]:
            await self._database.execute(ONLY_IN_ORDER)
            return await self._database.fetch(sql, *arguments)

        return build_page(await self._database.run(fetch), query.limit)


def build_statement(query: ListQuery) -> tuple[str, list[object]]:
    """Return a statement whose last row may be the end of the scan, which need not match.

    The columns of the index are compared with a range as one row, and sorted by all of them, even
    by the resource, which is the same in every row: only that index has this range and this order.
    """
    is_of_resource = "/" in str(query.filters.get("resource", ""))
    keys = ["resource"] if is_of_resource else []
    limit = RESOURCE_SCAN_LIMIT if is_of_resource else SCAN_LIMIT
    time, identity = query.after or (query.filters.get("until", NEWEST), 0)
    arguments = [limit, query.limit + 1, query.filters.get("since", OLDEST), time, identity]
    if is_of_resource:
        arguments.append(query.filters["resource"])
    key = ["$6"] if is_of_resource else []
    matches = _conditions(query.filters, arguments, except_for=keys)
    order = ", ".join(f"{column} DESC" for column in (*keys, "occurred_at", "id"))
    entry, first, last = (
        ", ".join(columns)
        for columns in ([*keys, "occurred_at", "id"], [*key, "$3", "0"], [*key, "$4", "$5"])
    )
    sql = f"""
        SELECT {", ".join(COLUMNS)}, matches, step = $1::bigint AS is_end
        FROM (
            SELECT *, {" AND ".join(matches) or "true"} AS matches,
                row_number() OVER (ORDER BY {order}) AS step
            FROM audit_log WHERE ({entry}) >= ({first}) AND ({entry}) < ({last})
            ORDER BY {order} LIMIT $1::bigint
        ) AS scanned
        WHERE matches OR step = $1::bigint
        ORDER BY {order} LIMIT $2"""
    return sql, arguments


def build_page(rows: Sequence[asyncpg.Record], limit: int) -> AuditPage:
    found = [_record(row) for row in rows if row["matches"]]
    records = tuple(found[:limit])
    if len(found) > limit:
        return AuditPage(records=records, next_position=records[-1].position)
    is_cut = bool(rows) and rows[-1]["is_end"]
    position = _record(rows[-1]).position if is_cut else None
    return AuditPage(records=records, next_position=position)


def _conditions(
    filters: Mapping[str, object], arguments: list[object], *, except_for: Sequence[str]
) -> list[str]:
    """Return conditions on the entries of the range; append their arguments."""
    conditions = []
    for name in ("resource", "user_id", "request_id", "action"):
        if name not in filters or name in except_for:
            continue
        arguments.append(filters[name])
        place = f"${len(arguments)}::text"
        is_within = f" OR starts_with(resource, {place} || '/')" if name == "resource" else ""
        conditions.append(f"({name} = {place}{is_within})")
    return conditions


def _record(row: asyncpg.Record) -> AuditRecord:
    changes = object_from_json(row["changes"].encode())
    return AuditRecord(**{name: row[name] for name in COLUMNS} | {"changes": changes})
