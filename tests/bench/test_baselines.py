"""Every baseline answers what it is measured for."""

from collections.abc import AsyncIterator

import httpx
import pytest
from asgi_lifespan import LifespanManager
from starlette.types import ASGIApp

from devtools.bench import baseline_app
from devtools.bench.subjects import PRODUCT
from tests.setup import client_of


@pytest.fixture
async def bare(database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ASGIApp]:
    monkeypatch.setenv("DATABASE_URL", database_url)
    async with LifespanManager(baseline_app.bare_handlers()) as manager:
        yield manager.app


@pytest.mark.parametrize("name", ["raw_asgi", "starlette_route", "fastapi_route"])
async def test_a_bare_route_answers(name: str) -> None:
    async with client_of(getattr(baseline_app, name)()) as client:
        assert (await client.get("/")).status_code == 200


async def test_a_route_with_a_dependency_answers() -> None:
    async with client_of(baseline_app.fastapi_dependency()) as client:
        assert (await client.get("/")).status_code == 200


async def test_bare_handlers_insert_update_and_fetch_one_row(bare: ASGIApp) -> None:
    async with client_of(bare) as client:
        added = await client.post("/products", json={"sku": "A-1", **PRODUCT})
        path = f"/products/{added.json()['id']}"
        await client.patch(path, json={"price": 12.5})
        found: httpx.Response = await client.get(path)

    assert float(found.json()["price"]) == 12.5
    assert found.json()["version"] == 2
