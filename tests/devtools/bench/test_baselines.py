"""Every baseline application responds as the benchmark expects."""

from collections.abc import AsyncIterator

import httpx
import pytest
from asgi_lifespan import LifespanManager
from starlette.types import ASGIApp

from devtools.bench import baseline_app
from devtools.bench.scenarios import PRODUCT
from tests.support.settings_and_clients import make_client


@pytest.fixture
async def bare_app(database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ASGIApp]:
    monkeypatch.setenv("DATABASE_URL", database_url)
    async with LifespanManager(baseline_app.bare_handlers()) as manager:
        yield manager.app


@pytest.mark.parametrize("name", ["raw_asgi", "starlette_route", "fastapi_route"])
async def test_a_baseline_route_responds_with_200(name: str) -> None:
    async with make_client(getattr(baseline_app, name)()) as client:
        assert (await client.get("/")).status_code == 200


async def test_a_route_with_a_dependency_responds_with_200() -> None:
    async with make_client(baseline_app.fastapi_dependency()) as client:
        assert (await client.get("/")).status_code == 200


async def test_bare_handlers_insert_update_and_fetch_one_row(bare_app: ASGIApp) -> None:
    async with make_client(bare_app) as client:
        created = await client.post("/products", json={"sku": "A-1", **PRODUCT})
        path = f"/products/{created.json()['id']}"
        await client.patch(path, json={"price": 12.5})
        fetched: httpx.Response = await client.get(path)

    assert float(fetched.json()["price"]) == 12.5
    assert fetched.json()["version"] == 2
