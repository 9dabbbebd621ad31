"""Lists of a skewed table read rows up to limits, by `EXPLAIN ANALYZE`, whatever its size.

All limits are reduced with the size of the table; `--list-rows 1000000` tests those of production.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from random import Random
from typing import NamedTuple

import pytest
import pytest_asyncio

from app.infrastructure.database.pool import connect
from app.models.shared.listing import ListQuery
from app.repositories.shared import list_statements as limits
from devtools.postgres import PrivatePostgres
from tests.support.database import migrate_all
from tests.support.list_work import ListWork
from tests.support.skewed_lists import all_queries, insert_skewed, middle_positions
from tests.widgets.repositories.postgres_widget_repository import WIDGET_LISTING

LISTS = 200
# The planner may read a table of this size instead of an index with many entries.
SMALL_TABLE = 10_000
REDUCED = ("TOTAL_LIMIT", "FEW_MATCHES", "MANY_MATCHES", "WALK_LIMIT", "FREQUENT_MATCHES")


class SkewedTable(NamedTuple):
    work: ListWork
    queries: list[ListQuery]


@pytest.fixture(scope="module")
def rows(pytestconfig: pytest.Config) -> int:
    size: int = pytestconfig.getoption("--list-rows")
    return size


@pytest.fixture(autouse=True)
def reduced_limits(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in REDUCED:
        monkeypatch.setattr(limits, name, getattr(limits, name) * rows // 1_000_000)


@pytest_asyncio.fixture(
    scope="module", loop_scope="module", params=[2, 1], ids=["half the rows", "all rows"]
)
async def skewed(
    request: pytest.FixtureRequest, postgres: PrivatePostgres, rows: int
) -> AsyncIterator[SkewedTable]:
    size = rows // request.param
    url = postgres.create_database(f"skewed_{size}")
    await migrate_all(url)
    connection = await connect(url, command_seconds=None)
    await connection.execute("SET statement_timeout = 0")
    await insert_skewed(connection, size)
    queries = [*all_queries(size, await middle_positions(connection, size))]
    yield SkewedTable(ListWork(connection, WIDGET_LISTING), queries)
    await connection.close()


def constant() -> int:
    """Return what is read for a list whose matches are few, or near the start of the page.

    Few matches, the total and the partitions that have any; then a walk of each partition.
    """
    counted = 2 * limits.TOTAL_LIMIT + 6 * limits.FEW_MATCHES
    return SMALL_TABLE + counted + 2 * limits.WALK_LIMIT


async def bound(work: ListWork, query: ListQuery) -> int:
    """Return what a list may read: the matches in index and table, for page and total.

    The distance counts only where there are too many matches to sort; there are two partitions.
    """
    matches, distance = await work.matches(query), await work.distance(query)
    near = limits.TEXT_WALK_LIMITS[0] // 2 if query.search else limits.WALK_LIMIT
    if matches <= limits.FEW_MATCHES or distance <= near:
        return constant()
    collected = constant() + 4 * min(matches, limits.MANY_MATCHES)
    return collected if matches <= limits.MANY_MATCHES else collected + 2 * distance


@pytest.mark.asyncio(loop_scope="module")
async def test_a_list_reads_few_rows_or_its_matches(skewed: SkewedTable) -> None:
    queries = Random(11).sample(skewed.queries, LISTS)  # noqa: S311 - a sample of tests
    read = [(query, await skewed.work.rows_read(query)) for query in queries]

    far = [(query, rows) for query, rows in read if rows > constant()]

    for query, rows in far:
        assert rows <= await bound(skewed.work, query), query
    assert len(far) < LISTS / 10


@pytest.mark.asyncio(loop_scope="module")
async def test_a_unique_value_is_looked_up(skewed: SkewedTable) -> None:
    queries = [query for query in skewed.queries if len(query.filters) <= 1]
    for query in Random(12).sample(queries, 40):  # noqa: S311 - a sample of tests
        unique = replace(query, filters={**query.filters, "code": "N-500"})
        sampled = limits.SAMPLE_ROWS if query.search else 0

        assert await skewed.work.rows_read(unique) <= sampled + 10, unique


@pytest.mark.asyncio(loop_scope="module")
async def test_a_range_of_the_sort_key_is_read_alone(skewed: SkewedTable) -> None:
    for query in skewed.queries:
        on_key = {name for name in query.filters if name.endswith(query.sort_by)} | {"kind"}
        if query.search is None and query.filters.keys() <= on_key:
            rows = await skewed.work.rows_read(query)
            assert rows <= SMALL_TABLE + limits.TOTAL_LIMIT + 4 * (query.limit + 1), query
