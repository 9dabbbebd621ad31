"""No shared cache may keep a response, and only reads with an ETag are kept by clients."""

import httpx
import pytest
from starlette.responses import Response
from starlette.types import ASGIApp

from app.api.http.cache_control import set_vary
from app.config.settings import Settings
from tests.support.settings_and_clients import Tokens, make_client, running_app
from tests.widgets.factories import WIDGETS, widget_body

REVALIDATE, NO_STORE = "private, no-cache", "no-store"
ORIGIN = {"Origin": "http://localhost:3000", "Access-Control-Request-Method": "POST"}


def _cache_control(response: httpx.Response) -> str:
    (value,) = response.headers.get_list("Cache-Control")
    return value


@pytest.fixture
async def url(admin: httpx.AsyncClient) -> str:
    created = await admin.post(WIDGETS, json=widget_body())
    assert _cache_control(created) == NO_STORE
    return created.headers["Location"]


async def test_a_record_may_be_kept_if_it_is_revalidated(user: httpx.AsyncClient, url: str) -> None:
    for _ in ("loaded", "cached"):
        for method in ("GET", "HEAD"):
            full = await user.request(method, url)
            unchanged = await user.request(method, url, headers={"If-None-Match": '"1"'})
            assert (full.status_code, _cache_control(full)) == (200, REVALIDATE)
            assert (unchanged.status_code, _cache_control(unchanged)) == (304, REVALIDATE)
            assert full.headers["ETag"] == unchanged.headers["ETag"] == '"1"'


async def test_a_list_is_not_stored(user: httpx.AsyncClient) -> None:
    for _ in ("loaded", "cached"):
        assert _cache_control(await user.get(WIDGETS)) == NO_STORE


async def test_a_write_is_not_stored(admin: httpx.AsyncClient, url: str) -> None:
    key = {"Idempotency-Key": "k"}
    for _ in ("first", "replayed"):
        assert (
            _cache_control(await admin.post(WIDGETS, json=widget_body(), headers=key)) == NO_STORE
        )
    assert _cache_control(await admin.patch(url, json={"price": 5})) == NO_STORE
    assert _cache_control(await admin.delete(url)) == NO_STORE


async def test_an_error_is_not_stored(
    user: httpx.AsyncClient, anonymous: httpx.AsyncClient, admin: httpx.AsyncClient
) -> None:
    refused = [
        (await anonymous.get(WIDGETS), 401),
        (await user.post(WIDGETS, json={}), 403),
        (await user.get(f"{WIDGETS}/99"), 404),
        (await user.get("/nothing"), 404),
        (await user.put(WIDGETS), 405),
        (await admin.post(WIDGETS, content=b" " * 2_000_000), 413),
        (await admin.post(WIDGETS, content=b"{}"), 415),
        (await user.get(f"{WIDGETS}?unknown=1"), 422),
        (await user.options(WIDGETS, headers=ORIGIN | {"Origin": "http://other"}), 400),
    ]
    for response, status in refused:
        assert (response.status_code, _cache_control(response)) == (status, NO_STORE)


async def test_the_state_of_the_service_is_not_stored(anonymous: httpx.AsyncClient) -> None:
    for path in ("/", "/health", "/health/live", "/health/ready"):
        assert _cache_control(await anonymous.get(path)) == NO_STORE
    assert _cache_control(await anonymous.options(WIDGETS, headers=ORIGIN)) == NO_STORE


async def test_documents_may_be_kept_by_anyone_if_they_are_revalidated(
    anonymous: httpx.AsyncClient,
) -> None:
    for path in ("/docs", "/redoc", "/openapi.json", "/docs/assets/docs.js"):
        full = await anonymous.get(path)
        kept = await anonymous.get(path, headers={"If-None-Match": full.headers["ETag"]})
        assert (kept.status_code, _cache_control(full), _cache_control(kept)) == (
            304,
            *["no-cache"] * 2,
        )


# TLS


HSTS, HSTS_VALUE = "Strict-Transport-Security", "max-age=31536000"


@pytest.mark.parametrize("path", ["/", WIDGETS, "/nothing", "/docs"])
async def test_browsers_are_told_to_keep_using_tls(app: ASGIApp, path: str) -> None:
    async with make_client(app) as client:
        assert HSTS not in (await client.get(path)).headers
        assert (await client.get(f"https://service{path}")).headers[HSTS] == HSTS_VALUE


@pytest.mark.parametrize(
    ("proxies", "scheme", "told"),
    [
        (["127.0.0.0/8"], "https", [HSTS_VALUE]),
        (["127.0.0.0/8"], "HTTPS", [HSTS_VALUE]),
        (["127.0.0.0/8"], "http", []),
        (["127.0.0.0/8"], "httpss", []),
        (["127.0.0.0/8"], "", []),
        (["10.0.0.0/8"], "https", []),
        ([], "https", []),
    ],
)
async def test_only_a_trusted_proxy_reports_tls(
    settings: Settings, tokens: Tokens, proxies: list[str], scheme: str, told: list[str]
) -> None:
    async with (
        running_app(settings, trusted_proxies=proxies) as app,
        make_client(app, tokens.user) as client,
    ):
        response = await client.get(WIDGETS, headers={"X-Forwarded-Proto": scheme})

    assert response.headers.get_list(HSTS) == told


def test_accept_is_named_once_beside_other_headers() -> None:
    response = Response("{}", media_type="application/json", headers={"Vary": "Cookie"})
    for _ in range(2):
        set_vary(response)
    assert response.headers["vary"] == "Cookie, Accept"
