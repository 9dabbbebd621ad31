"""The response cache repeats GET responses unchanged, to authorised callers only."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import httpx
import pytest
from starlette.types import ASGIApp

from app.config.settings import Settings
from devtools.private_auth import PrivateAuthService
from tests.support.settings_and_clients import make_client, running_app
from tests.widgets.factories import WIDGETS, widget_body

LISTS = ["", "?page_size=1", "?q=lap&sort_by=price", "?category=Notebooks&page_size=1&order=desc"]


@pytest.fixture
async def url(admin: httpx.AsyncClient) -> str:
    body = widget_body(name="Laptop", category="Notebooks")
    created = [await admin.post(WIDGETS, json=body) for _ in range(3)]
    location: str = created[0].headers["Location"]
    return location


@pytest.fixture
async def uncached(database_url: str, url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection that changes rows without invalidating the cache."""
    assert url
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


@pytest.fixture
def lasting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let cached responses outlast a stall of the machine."""
    monkeypatch.setattr("app.infrastructure.cache.local_cache.FRESH_SECONDS", (60, 60))


async def rename(uncached: asyncpg.Connection) -> None:
    await uncached.execute("UPDATE widgets SET name = 'Renamed'")


@pytest.mark.usefixtures("lasting")
@pytest.mark.parametrize("query", ["/1", *LISTS])
async def test_a_cached_response_is_repeated_byte_for_byte(
    query: str, user: httpx.AsyncClient, uncached: asyncpg.Connection
) -> None:
    first = await user.get(WIDGETS + query, headers={"X-Request-ID": "same"})
    await rename(uncached)

    second = await user.get(WIDGETS + query, headers={"X-Request-ID": "same"})

    assert (second.status_code, second.content) == (200, first.content)
    assert second.headers.raw == first.headers.raw


async def test_headers_of_one_request_are_not_cached_for_the_next(
    user: httpx.AsyncClient, url: str
) -> None:
    origin = {"Origin": "http://localhost:3000", "X-Request-ID": "first", "traceparent": TRACE}
    first = await user.get(url, headers=origin)

    second = await user.get(url, headers={"X-Request-ID": "second"})

    assert first.headers["Access-Control-Allow-Origin"]
    assert "Access-Control-Allow-Origin" not in second.headers
    assert "traceparent" not in second.headers
    assert second.headers.get_list("X-Request-ID") == ["second"]


TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.mark.parametrize("path", [f"{WIDGETS}/1", WIDGETS])
async def test_a_cached_response_is_sent_only_to_authorised_callers(
    path: str, app: ASGIApp, user: httpx.AsyncClient, url: str, auth_service: PrivateAuthService
) -> None:
    assert (await user.get(path)).status_code == 200

    async with (
        make_client(app) as anonymous,
        make_client(app, auth_service.token("guest")) as guest,
    ):
        assert (await anonymous.get(path)).status_code == 401
        assert (await guest.get(path)).status_code == 403
        assert (await anonymous.get(path, headers={"Authorization": "Bearer x"})).status_code == 401
    assert url


@pytest.mark.parametrize("path", [f"{WIDGETS}/99", f"{WIDGETS}/0", f"{WIDGETS}?page=0"])
async def test_errors_are_not_cached(path: str, user: httpx.AsyncClient, url: str) -> None:
    responses = [await user.get(path) for _ in range(2)]

    first, second = (response.json()["request_id"] for response in responses)
    assert first != second
    assert url


async def test_a_404_is_not_cached_beyond_the_creation(admin: httpx.AsyncClient, url: str) -> None:
    assert (await admin.get(f"{WIDGETS}/4")).status_code == 404

    await admin.post(WIDGETS, json=widget_body())

    assert (await admin.get(f"{WIDGETS}/4")).status_code == 200
    assert url


@pytest.mark.usefixtures("lasting")
@pytest.mark.parametrize(
    ("known", "status"), [('"1"', 304), ("*", 304), ('W/"1"', 304), ('"2"', 200), ('"2", "1"', 304)]
)
async def test_a_cached_response_honours_if_none_match(
    known: str, status: int, user: httpx.AsyncClient, uncached: asyncpg.Connection, url: str
) -> None:
    await user.get(url)
    await rename(uncached)

    response = await user.get(url, headers={"If-None-Match": known})

    assert response.status_code == status
    assert response.headers["ETag"] == '"1"'
    assert (response.content == b"") == (status == 304)


@pytest.mark.usefixtures("lasting")
async def test_a_304_caches_the_complete_response(
    user: httpx.AsyncClient, uncached: asyncpg.Connection, url: str
) -> None:
    assert (await user.get(url, headers={"If-None-Match": '"1"'})).status_code == 304
    await rename(uncached)

    assert (await user.get(url)).json()["name"] == "Laptop"


async def test_head_uses_the_cached_get_response(user: httpx.AsyncClient, url: str) -> None:
    got = await user.get(url)

    head = await user.head(url)

    assert head.content == b""
    assert head.headers["Content-Length"] == got.headers["Content-Length"]


async def test_every_write_invalidates_cached_responses_at_once(
    admin: httpx.AsyncClient, url: str
) -> None:
    for path in (url, WIDGETS):
        await admin.get(path)
    await admin.patch(url, json={"price": 5})
    assert (await admin.get(url)).json()["price"] == 5
    assert (await admin.get(WIDGETS)).json()["items"][0]["price"] == 5

    await admin.patch(url, json={"is_active": False})
    assert (await admin.get(url)).json()["is_active"] is False

    await admin.delete(url)
    assert (await admin.get(url)).status_code == 404
    assert (await admin.get(WIDGETS)).json()["total"] == 2


@pytest.mark.usefixtures("lasting")
async def test_a_write_to_one_widget_keeps_the_cached_response_of_another(
    admin: httpx.AsyncClient, uncached: asyncpg.Connection, url: str
) -> None:
    other = f"{WIDGETS}/2"
    await admin.get(other)
    await rename(uncached)

    await admin.patch(url, json={"price": 5})

    assert (await admin.get(other)).json()["name"] == "Laptop"


async def test_a_direct_database_change_is_visible_after_two_seconds(
    user: httpx.AsyncClient, uncached: asyncpg.Connection, url: str
) -> None:
    await user.get(url)
    await rename(uncached)

    await asyncio.sleep(2)

    assert (await user.get(url)).json()["name"] == "Renamed"


async def test_without_a_generation_file_nothing_is_cached(
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    url: str,
    uncached: asyncpg.Connection,
    auth_service: PrivateAuthService,
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "none"))
    async with running_app(settings) as app, make_client(app, auth_service.token("admin")) as admin:
        assert (await admin.get(url)).json()["name"] == "Laptop"
        await rename(uncached)
        assert (await admin.get(url)).json()["name"] == "Renamed"
        assert (await admin.patch(url, json={"price": 5})).status_code == 200
        assert (await admin.get(url)).json()["price"] == 5
