"""A real catalogue is imported twice, then paged through during writes."""

import asyncio
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import httpx
import pytest
from asgi_lifespan import LifespanManager

from app.infrastructure.database.migration import migrate
from app.main import create_app
from devtools.postgres import PrivatePostgres
from devtools.private_auth import PrivateAuthService
from tests.products.factories import product_body
from tests.support.server import ROOT, make_environment
from tests.support.settings_and_clients import Tokens, make_client, make_settings

CATALOGUE = ROOT.parent / "shared" / "data" / "catalogue.csv.gz"

pytestmark = pytest.mark.skipif(not CATALOGUE.exists(), reason=f"no {CATALOGUE.name} beside here")

LISTS = {
    "everything": ("", "TRUE"),
    "by name, backwards": (
        "product_type=HW&sort_by=name&order=desc",
        "product_type = 'HW'",
    ),
    "by price": (
        "location=EU&min_price=100&max_price=9000&sort_by=price",
        "location = 'EU' AND price BETWEEN 100 AND 9000",
    ),
    "by created_at, which thousands share": (
        "category=python&sort_by=created_at",
        "category = 'python'",
    ),
    "found by text": (
        "q=controller&sort_by=updated_at&order=desc",
        "concat_ws(' ', name, sku, description) ILIKE '%controller%'",
    ),
}


@pytest.fixture(scope="module")
def catalogue_url(postgres: PrivatePostgres, tmp_path_factory: pytest.TempPathFactory) -> str:
    url = postgres.create_database("real_catalogue")
    asyncio.run(migrate(url))
    directory = tmp_path_factory.mktemp("import")
    first, second = import_catalogue(url, directory), import_catalogue(url, directory)
    assert "101,809 inserted, 0 updated" in first
    assert "0 inserted, 0 updated, 101,809 unchanged" in second
    return url


def import_catalogue(url: str, directory: Path) -> str:
    """Import by the command line. Its status is 1 because one SKU is too long."""
    environment = make_environment(url, "http://127.0.0.1:1", directory)
    rejected = str(directory / f"rejected-{len(list(directory.iterdir()))}.csv")
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "app", "import", str(CATALOGUE), "--rejected", rejected],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    return done.stdout


@pytest.fixture
async def clients(
    catalogue_url: str, auth_service: PrivateAuthService, tokens: Tokens, tmp_path: Path
) -> AsyncIterator[tuple[httpx.AsyncClient, httpx.AsyncClient]]:
    """A client that reads and a client that writes."""
    settings = make_settings(catalogue_url, auth_service.url, tmp_path)
    async with (
        LifespanManager(create_app(settings)) as manager,
        make_client(manager.app, tokens.user) as reader,
        make_client(manager.app, tokens.admin) as writer,
    ):
        yield reader, writer


@pytest.mark.parametrize("name", LISTS)
async def test_paging_by_cursor_returns_every_row_once_during_writes(
    name: str, clients: tuple[httpx.AsyncClient, httpx.AsyncClient], catalogue_url: str
) -> None:
    reader, writer = clients
    query, condition = LISTS[name]
    expected = await ids_of(catalogue_url, condition)
    writing = asyncio.create_task(keep_writing(writer))

    met = Counter([item async for item in read_pages(reader, query)])

    writing.cancel()
    touched = (await asyncio.gather(writing, return_exceptions=True))[0]
    assert isinstance(touched, asyncio.CancelledError)
    assert {row: count for row, count in met.items() if count > 1} == {}
    assert expected - met.keys() == set()


async def ids_of(url: str, condition: str) -> set[int]:
    connection = await asyncpg.connect(url)
    rows = await connection.fetch(f"SELECT id FROM products WHERE {condition}")  # noqa: S608
    await connection.close()
    assert len(rows) > 100, "too few rows to test paging"
    return {row["id"] for row in rows}


async def read_pages(client: httpx.AsyncClient, query: str) -> AsyncIterator[int]:
    cursor: str | None = ""
    while cursor is not None:
        response = await client.get(
            f"/api/v1/products?page_size=100&{query}" + (f"&cursor={cursor}" if cursor else "")
        )
        page = response.json()
        for item in page["items"]:
            yield item["id"]
        cursor = page["next_cursor"]


async def keep_writing(client: httpx.AsyncClient) -> None:
    """Add products across the sort orders, change them, and remove every second one."""
    number = 0
    while True:
        number += 1
        body = product_body(
            sku=None, name=f"{chr(65 + number % 26)} written", price=number % 9000 + 0.5
        )
        created = await client.post("/api/v1/products", json=body)
        path = created.headers["Location"]
        await client.patch(f"{path}/price", json={"price": number % 7000 + 1})
        if number % 2:
            await client.delete(path)
