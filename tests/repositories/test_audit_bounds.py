"""Pages of the audit trail read a limited number of blocks, by `EXPLAIN`, and miss no entry."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from random import Random
from typing import Any

import pytest
import pytest_asyncio

from app.infrastructure.database.pool import Connection, connect
from app.models.shared.audit import AuditRecord
from app.models.shared.listing import ListQuery
from app.repositories.shared import postgres_audit_repository as repository
from app.repositories.shared.postgres_audit_repository import (
    ONLY_IN_ORDER,
    build_page,
    build_statement,
)
from devtools.postgres import PrivatePostgres
from tests.support.audit_entries import all_filters, insert_skewed
from tests.support.database import migrate_all

# The limits are those of production, reduced with the size of the table.
SIZE, SCAN, RESOURCE_SCAN, PAGE = 40_000, 2_000, 200, 20
# A few levels of the index, the leaves with the entries, and what the planner looks up.
INDEX_BLOCKS = 40
ROWS_IN_BLOCK = 25

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(autouse=True)
def reduced_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repository, "SCAN_LIMIT", SCAN)
    monkeypatch.setattr(repository, "RESOURCE_SCAN_LIMIT", RESOURCE_SCAN)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def connection(postgres: PrivatePostgres) -> AsyncIterator[Connection]:
    url = postgres.create_database("skewed_audit")
    await migrate_all(url)
    connection = await connect(url, command_seconds=None)
    await connection.execute("SET statement_timeout = 0")
    await insert_skewed(connection, SIZE)
    await connection.execute(ONLY_IN_ORDER.replace("LOCAL", "SESSION"))
    yield connection
    await connection.close()


def sampled(count: int) -> list[ListQuery]:
    filters = Random(15).sample(all_filters(SIZE), count)  # noqa: S311 - a sample of tests
    return [
        ListQuery(filters=each, sort_by="occurred_at", descending=True, limit=PAGE)
        for each in filters
    ]


async def blocks_read(connection: Connection, query: ListQuery) -> int:
    sql, arguments = build_statement(query)
    explain = f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) {sql}"
    (explained,) = json.loads(await connection.fetchval(explain, *arguments))
    plan = explained["Plan"]
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


def bound(query: ListQuery) -> int:
    if "/" in str(query.filters.get("resource")):
        return RESOURCE_SCAN + INDEX_BLOCKS
    return SCAN // ROWS_IN_BLOCK + PAGE + INDEX_BLOCKS


async def find_all(connection: Connection, query: ListQuery) -> list[AuditRecord]:
    found: list[AuditRecord] = []
    while True:
        sql, arguments = build_statement(query)
        page = build_page(await connection.fetch(sql, *arguments), query.limit)
        assert len(page.records) <= query.limit
        found += page.records
        if page.next_position is None:
            return found
        query = replace(query, after=page.next_position)


async def test_every_page_reads_a_limited_number_of_blocks(connection: Connection) -> None:
    middle = await connection.fetchrow(
        "SELECT occurred_at, id FROM audit_log ORDER BY occurred_at DESC, id DESC OFFSET $1",
        SIZE // 2,
    )
    assert middle is not None
    for query in sampled(250):
        for each in (query, replace(query, after=(middle["occurred_at"], middle["id"]))):
            assert await blocks_read(connection, each) <= bound(each), each


async def test_a_question_with_an_index_reads_its_page_alone(connection: Connection) -> None:
    for filters in all_filters(SIZE):
        if filters.keys() <= {"since", "until"} or filters.get("resource") == "widgets/1":
            exact = {
                name: filters[name] for name in filters.keys() & {"resource", "since", "until"}
            }
            query = ListQuery(filters=exact, limit=PAGE)
            assert await blocks_read(connection, query) <= PAGE + INDEX_BLOCKS, exact


async def test_the_pages_have_every_match_once_and_newest_first(connection: Connection) -> None:
    stored = await connection.fetch("SELECT * FROM audit_log ORDER BY occurred_at DESC, id DESC")
    for query in sampled(25):
        expected = [row["id"] for row in stored if _matches(row, query.filters)]
        # A page of thousands keeps the test short; some are cut by the limit of the scan.
        found = await find_all(connection, replace(query, limit=5_000))
        assert [record.id for record in found] == expected, query.filters


def _matches(row: Any, filters: Any) -> bool:
    since, until = filters.get("since"), filters.get("until")
    return _is_within(row["occurred_at"], since, until) and all(
        row[name] == value or (name == "resource" and row[name].startswith(f"{value}/"))
        for name, value in filters.items()
        if name not in {"since", "until"}
    )


def _is_within(time: datetime, since: datetime | None, until: datetime | None) -> bool:
    return (since is None or time >= since) and (until is None or time < until)
