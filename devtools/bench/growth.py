"""What requests cost as the table grows: one client, one request after another."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from pydantic import SecretStr

from app.api.page_cursor import write_cursor
from app.infrastructure.security.field_cipher import FieldCipher
from app.models.listing import ListQuery
from devtools.bench.databases import connect, prepare
from devtools.bench.hot_path import FIRST, job_of
from devtools.bench.site import Site, running
from devtools.bench.subjects import Subject
from devtools.bench.workers import Worker

SIZES = (10_000, 100_000, 1_000_000)
QUICK_SIZES = (10_000, 100_000)
REQUESTS_PER_SLICE = 8
CURSORS = 200
SECONDS = 20.0
CURSOR_PAGE = "page by cursor, at 90 %"
PATCH = "PATCH price"


def _listed(name: str, query: str) -> Subject:
    return Subject(name=name, server="", role="user", path=f"/api/v1/products{query}")


# A highest price that nothing reaches, and that no other request has, keeps caches out.
LISTS = (
    _listed("first page", "?max_price=5{n}"),
    _listed(CURSOR_PAGE, "?sort_by=name&cursor={choice}"),
    _listed("filtered", "?product_type=HW&location=EU&sort_by=price&max_price=5{n}"),
    _listed("searched", "?q=controller&sort_by=name&max_price=5{n}"),
    _listed(
        "filtered and searched",
        "?product_type=HW&location=EU&q=controller&sort_by=price&max_price=5{n}",
    ),
)
CASES = (
    *LISTS,
    Subject(name="GET by id", server="", role="user", path="/api/v1/products/{id}",
            ids=(5_001, 5_000)),
    Subject(name=PATCH, server="", role="admin", method="PATCH", path="/api/v1/products/{id}/price",
            body='{"price": {cents}}', ids=(1, 2_000)),
)  # fmt: skip


@dataclass
class Growth:
    """Median latencies of each slice in ms, by case and size."""

    sizes: Sequence[int]
    latencies: dict[str, dict[int, list[float]]] = field(default_factory=dict)


async def prepare_growth(site: Site, catalogue: bytes, sizes: Sequence[int]) -> list[list[str]]:
    """Make the databases; returns cursors into each."""
    return [await _cursors(site, catalogue, size) for size in sizes]


async def _cursors(site: Site, catalogue: bytes, size: int) -> list[str]:
    await (await prepare(site.postgres_url, catalogue, size)).close()
    connection = await connect(site.postgres_url, f"listing_{size}")
    rows = await connection.fetch(
        "SELECT name, id FROM products ORDER BY name, id LIMIT $1 OFFSET $2",
        CURSORS,
        size // 10 * 9,
    )
    await connection.close()
    cipher = FieldCipher.from_settings([], SecretStr(site.secret))
    query = ListQuery(sort_by="name")
    return [write_cursor(cipher, query, (row["name"], row["id"]), page=2) for row in rows]


def measure_growth(site: Site, cursors: Sequence[list[str]], growth: Growth, rounds: int) -> None:
    workers = [site.service(f"listing_{size}") for size in growth.sizes]
    with running(workers):
        for number in range(rounds + 1):
            for case in CASES:
                for size, worker, choices in zip(growth.sizes, workers, cursors, strict=True):
                    subject = replace(case, choices=tuple(choices))
                    latency = _slice(site, worker, subject, number)
                    # The first round warms everything up.
                    if number:
                        growth.latencies.setdefault(case.name, {}).setdefault(size, []).append(
                            latency
                        )


def _slice(site: Site, worker: Worker, subject: Subject, number: int) -> float:
    first = FIRST + number * (REQUESTS_PER_SLICE + 1)
    job = job_of(subject, worker=worker, tokens=site.tokens, connections=1, first=first)
    outcome = site.generator.run(replace(job, seconds=SECONDS, most=REQUESTS_PER_SLICE))
    return sorted(outcome.latencies)[len(outcome.latencies) // 2] * 1000
