"""Measure latency by table size, with one client that sends requests sequentially."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from pydantic import SecretStr

from app.api.http.page_cursor import encode_cursor
from app.infrastructure.security.field_cipher import FieldCipher
from app.models.shared.listing import ListQuery
from devtools.bench.catalogue import Catalogue
from devtools.bench.databases import connect, open_products_database
from devtools.bench.hot_path import FIRST_NUMBER, make_job
from devtools.bench.scenarios import Scenario
from devtools.bench.testbed import Testbed, run_workers
from devtools.bench.workers import Worker

SIZES = (10_000, 100_000, 1_000_000)
QUICK_SIZES = (10_000, 100_000)
REQUESTS_PER_SLICE = 8
CURSORS = 200
MAX_SECONDS = 20.0
CURSOR_PAGE = "page by cursor, at 90 %"
PATCH = "PATCH price"


def _list_scenario(name: str, query: str) -> Scenario:
    return Scenario(name=name, worker="", role="user", path=f"/api/v1/products{query}")


# `max_price` is above all prices and different in each request: no response is cached.
LIST_SCENARIOS = (
    _list_scenario("first page", "?max_price=5{n}"),
    _list_scenario(CURSOR_PAGE, "?sort_by=name&cursor={choice}"),
    _list_scenario("filtered", "?product_type=HW&location=EU&sort_by=price&max_price=5{n}"),
    _list_scenario("searched", "?q=controller&sort_by=name&max_price=5{n}"),
    _list_scenario(
        "filtered and searched",
        "?product_type=HW&location=EU&q=controller&sort_by=price&max_price=5{n}",
    ),
)
SCENARIOS = (
    *LIST_SCENARIOS,
    Scenario(name="GET by id", worker="", role="user", path="/api/v1/products/{id}",
             ids=(5_001, 5_000)),
    Scenario(name=PATCH, worker="", role="admin", method="PATCH",
             path="/api/v1/products/{id}/price",
             body='{"price": {cents}}', ids=(1, 2_000)),
)  # fmt: skip


@dataclass
class Growth:
    """Median latency in ms of each slice, by scenario and table size."""

    sizes: Sequence[int]
    latencies: dict[str, dict[int, list[float]]] = field(default_factory=dict)


async def prepare_growth(
    testbed: Testbed, catalogue: Catalogue, sizes: Sequence[int]
) -> list[list[str]]:
    """Create the databases. Return cursors for each of them."""
    return [await _make_cursors(testbed, catalogue, size) for size in sizes]


async def _make_cursors(testbed: Testbed, catalogue: Catalogue, size: int) -> list[str]:
    await (await open_products_database(testbed.postgres_url, catalogue, size)).close()
    connection = await connect(testbed.postgres_url, catalogue.database(size))
    rows = await connection.fetch(
        "SELECT name, id FROM products ORDER BY name, id LIMIT $1 OFFSET $2",
        CURSORS,
        size // 10 * 9,
    )
    await connection.close()
    cipher = FieldCipher.from_settings([], SecretStr(testbed.secret))
    query = ListQuery(sort_by="name")
    return [encode_cursor(cipher, query, (row["name"], row["id"]), page=2) for row in rows]


def measure_growth(
    testbed: Testbed, cursors: Sequence[list[str]], growth: Growth, rounds: int
) -> None:
    workers = [testbed.make_service(testbed.catalogue.database(size)) for size in growth.sizes]
    with run_workers(workers):
        for number in range(rounds + 1):
            for case in SCENARIOS:
                for size, worker, choices in zip(growth.sizes, workers, cursors, strict=True):
                    scenario = replace(case, choices=tuple(choices))
                    latency = _measure_slice(testbed, worker, scenario, number)
                    # Round 0 is the warm-up.
                    if number:
                        growth.latencies.setdefault(case.name, {}).setdefault(size, []).append(
                            latency
                        )


def _measure_slice(testbed: Testbed, worker: Worker, scenario: Scenario, number: int) -> float:
    first_number = FIRST_NUMBER + number * (REQUESTS_PER_SLICE + 1)
    job = make_job(
        scenario, worker=worker, tokens=testbed.tokens, connections=1, first_number=first_number
    )
    outcome = testbed.generator.run(
        replace(job, seconds=MAX_SECONDS, max_requests=REQUESTS_PER_SLICE)
    )
    return sorted(outcome.latencies)[len(outcome.latencies) // 2] * 1000
