import re

import httpx
import pytest
from asgi_lifespan import LifespanManager

from app.config.settings import Settings
from tests.support.service import create_app
from tests.support.settings_and_clients import make_client

PAGES = ("/docs", "/redoc")


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_forbids_inline_scripts_and_frames(
    anonymous: httpx.AsyncClient, path: str
) -> None:
    response = await anonymous.get(path)

    policy = response.headers["Content-Security-Policy"]
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "default-src 'none'; script-src 'self'; " in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert response.headers["X-Frame-Options"] == "DENY"
    assert response.headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("path", PAGES)
async def test_all_assets_of_a_page_are_relative_and_served(
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
async def test_a_matching_etag_gets_304(anonymous: httpx.AsyncClient, path: str) -> None:
    first = await anonymous.get(path)

    again = await anonymous.get(path, headers={"If-None-Match": first.headers["ETag"]})

    assert first.headers["Cache-Control"] == "no-cache"
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]


@pytest.mark.parametrize("path", [*PAGES, "/openapi.json", "/docs/assets/docs.js"])
async def test_head_sends_the_headers_of_get(anonymous: httpx.AsyncClient, path: str) -> None:
    got = await anonymous.get(path)

    head = await anonymous.head(path)

    assert head.content == b""
    assert head.headers["Content-Length"] == str(len(got.content))


@pytest.mark.parametrize("app_env", ["development", "production"])
async def test_a_token_survives_a_reload_in_development_only(
    settings: Settings, app_env: str
) -> None:
    changed = settings.model_copy(update={"app_env": app_env, "docs_enabled": True})

    async with LifespanManager(create_app(changed)) as manager, make_client(manager.app) as client:
        page = (await client.get("/docs")).text
        script = (await client.get("/docs/assets/docs.js")).text
        library = (await client.get("/docs/assets/swagger-ui-bundle.js")).text

    assert f'data-persist="{str(app_env == "development").lower()}"' in page
    assert 'persistAuthorization: persist === "true"' in script
    assert "persistAuthorization" in library


@pytest.mark.parametrize("name", ["nothing.js", "..%2Fdocs.html", "docs.html", "%00"])
async def test_an_unknown_asset_is_not_found(anonymous: httpx.AsyncClient, name: str) -> None:
    response = await anonymous.get(f"/docs/assets/{name}")

    assert response.status_code == 404
    assert response.headers["Content-Type"] == "application/problem+json"


async def test_no_asset_contains_the_url_of_a_logo(anonymous: httpx.AsyncClient) -> None:
    response = await anonymous.get("/docs/assets/redoc.standalone.js")

    assert "cdn.redoc" not in response.text


@pytest.mark.parametrize("path", [*PAGES, "/openapi.json", "/docs/assets/docs.js"])
async def test_disabled_docs_are_not_found(settings: Settings, path: str) -> None:
    closed = settings.model_copy(update={"docs_enabled": False})

    async with LifespanManager(create_app(closed)) as manager, make_client(manager.app) as client:
        response = await client.get(path)

    assert response.status_code == 404
    assert response.json()["code"] == "not_found"
