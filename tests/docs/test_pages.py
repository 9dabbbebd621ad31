import re

import httpx
import pytest
from asgi_lifespan import LifespanManager

from app.config.settings import Settings
from app.main import create_app
from tests.setup import client_of

PAGES = ("/docs", "/redoc")


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_runs_no_inline_script_and_stands_in_no_frame(
    anonymous: httpx.AsyncClient, path: str
) -> None:
    answer = await anonymous.get(path)

    policy = answer.headers["Content-Security-Policy"]
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "default-src 'none'; script-src 'self'; " in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("path", PAGES)
async def test_all_that_a_page_names_is_relative_to_it_and_served(
    anonymous: httpx.AsyncClient, path: str
) -> None:
    page = await anonymous.get(path, headers={"Host": "evil.example"})

    named = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(named) >= 5
    assert "evil.example" not in page.text
    for reference in named:
        assert re.match(r"[a-z]+[/.]", reference)
        assert (await anonymous.get(f"/{reference}")).status_code == 200


@pytest.mark.parametrize("path", [*PAGES, "/openapi.json", "/docs/assets/swagger-ui-bundle.js"])
async def test_a_client_that_has_it_gets_304(anonymous: httpx.AsyncClient, path: str) -> None:
    first = await anonymous.get(path)

    again = await anonymous.get(path, headers={"If-None-Match": first.headers["ETag"]})

    assert first.headers["Cache-Control"] == "no-cache"
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]


@pytest.mark.parametrize("path", [*PAGES, "/openapi.json", "/docs/assets/docs.js"])
async def test_head_tells_what_get_would_send(anonymous: httpx.AsyncClient, path: str) -> None:
    got = await anonymous.get(path)

    head = await anonymous.head(path)

    assert head.content == b""
    assert head.headers["Content-Length"] == str(len(got.content))


@pytest.mark.parametrize("name", ["nothing.js", "..%2Fdocs.html", "docs.html", "%00"])
async def test_an_unknown_asset_is_not_found(anonymous: httpx.AsyncClient, name: str) -> None:
    answer = await anonymous.get(f"/docs/assets/{name}")

    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"


async def test_no_asset_names_an_address_to_load_a_logo_from(anonymous: httpx.AsyncClient) -> None:
    answer = await anonymous.get("/docs/assets/redoc.standalone.js")

    assert "cdn.redoc" not in answer.text


@pytest.mark.parametrize("path", [*PAGES, "/openapi.json", "/docs/assets/docs.js"])
async def test_closed_docs_are_not_found(settings: Settings, path: str) -> None:
    closed = settings.model_copy(update={"docs_enabled": False})

    async with LifespanManager(create_app(closed)) as manager, client_of(manager.app) as client:
        answer = await client.get(path)

    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"
