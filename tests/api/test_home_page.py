"""`/` is a page in a browser, and JSON for everybody else."""

import re

import httpx
import pytest
from asgi_lifespan import LifespanManager

from app.config.settings import Settings
from tests.support.service import create_app
from tests.support.settings_and_clients import make_client

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


async def test_a_browser_gets_a_page_with_the_state_and_links(
    anonymous: httpx.AsyncClient, settings: Settings
) -> None:
    page = await anonymous.get("/", headers={"Accept": BROWSER})

    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert f"<h1>{settings.app_name} <small>{settings.app_version}</small></h1>" in page.text
    assert '<td class="healthy">healthy</td>' in page.text
    links = re.findall('href="(/[^"]*)"', page.text)
    assert set(links) == {"/docs", "/redoc", "/openapi.json", "/health"}
    for link in links:
        assert (await anonymous.get(link)).status_code == 200


@pytest.mark.parametrize(
    "accept",
    [None, "*/*", "application/json", "application/json, text/html", "image/png", "text/*;q=0"],
)
async def test_everybody_else_gets_json(anonymous: httpx.AsyncClient, accept: str | None) -> None:
    headers = {} if accept is None else {"Accept": accept}

    response = await anonymous.get("/", headers=headers)

    assert response.headers["Content-Type"] == "application/json"
    assert response.json()["status"] == "running"
    assert response.headers["Vary"].split(", ")[0] == "Accept"


async def test_the_policy_of_the_page_allows_no_script_and_only_its_own_style(
    anonymous: httpx.AsyncClient,
) -> None:
    page = await anonymous.get("/", headers={"Accept": "text/html"})

    policy = page.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "script" not in policy + page.text
    assert "frame-ancestors 'none'" in policy
    assert "http" not in page.text
    assert page.headers["Cache-Control"] == "no-store"


async def test_text_of_the_settings_is_escaped_and_disabled_docs_have_no_link(
    settings: Settings,
) -> None:
    changed = settings.model_copy(
        update={"app_description": "<b>&", "app_name": "A<i>", "docs_enabled": False}
    )

    async with LifespanManager(create_app(changed)) as manager, make_client(manager.app) as client:
        page = (await client.get("/", headers={"Accept": "text/html"})).text

    assert "<h1>A&lt;i&gt; " in page
    assert "<p>&lt;b&gt;&amp;</p>" in page
    assert re.findall('href="(/[^"]*)"', page) == ["/health"]


async def test_links_have_the_prefix_of_the_proxy(settings: Settings) -> None:
    async with LifespanManager(create_app(settings)) as manager:
        transport = httpx.ASGITransport(manager.app, root_path="/elsewhere")
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
            page = await client.get("/elsewhere/", headers={"Accept": "text/html"})

    assert 'href="/elsewhere/docs"' in page.text
