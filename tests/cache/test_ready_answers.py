"""Answers that are kept: who gets them, what is kept, and that they are the very same."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import httpx
import pytest
from starlette.types import ASGIApp

from app.config.settings import Settings
from devtools.private_auth import PrivateAuthService
from tests.products.making import PRODUCTS, product_body
from tests.setup import client_of, running

LISTS = ["", "?page_size=1", "?q=lap&sort_by=price", "?category=Notebooks&page_size=1&order=desc"]


@pytest.fixture
async def url(admin: httpx.AsyncClient) -> str:
    created = [await admin.post(PRODUCTS, json=product_body()) for _ in range(3)]
    location: str = created[0].headers["Location"]
    return location


@pytest.fixture
async def behind(database_url: str, url: str) -> AsyncIterator[asyncpg.Connection]:
    """Whoever changes rows here goes behind the cache's back."""
    assert url
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


async def rename(behind: asyncpg.Connection) -> None:
    await behind.execute("UPDATE products SET name = 'Renamed'")


@pytest.mark.parametrize("query", ["/1", *LISTS])
async def test_an_answer_is_given_again_as_it_was(
    query: str, user: httpx.AsyncClient, behind: asyncpg.Connection
) -> None:
    first = await user.get(PRODUCTS + query, headers={"X-Request-ID": "same"})
    await rename(behind)

    second = await user.get(PRODUCTS + query, headers={"X-Request-ID": "same"})

    assert (second.status_code, second.content) == (200, first.content)
    assert second.headers.raw == first.headers.raw


async def test_headers_of_one_request_are_not_kept_for_the_next(
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


@pytest.mark.parametrize("path", [f"{PRODUCTS}/1", PRODUCTS])
async def test_a_kept_answer_is_for_those_who_may_see_it(
    path: str, app: ASGIApp, user: httpx.AsyncClient, url: str, auth_service: PrivateAuthService
) -> None:
    assert (await user.get(path)).status_code == 200

    async with client_of(app) as nobody, client_of(app, auth_service.token("guest")) as guest:
        assert (await nobody.get(path)).status_code == 401
        assert (await guest.get(path)).status_code == 403
        assert (await nobody.get(path, headers={"Authorization": "Bearer x"})).status_code == 401
    assert url


async def test_public_reads_give_kept_answers_to_all_but_holders_of_bad_tokens(
    settings: Settings, url: str
) -> None:
    async with running(settings, public_reads=True) as app, client_of(app) as anonymous:
        assert (await anonymous.get(url)).status_code == 200
        assert (await anonymous.get(url)).status_code == 200
        refused = await anonymous.get(url, headers={"Authorization": "Bearer x"})
        assert refused.status_code == 401


@pytest.mark.parametrize("path", [f"{PRODUCTS}/99", f"{PRODUCTS}/0", f"{PRODUCTS}?page=0"])
async def test_errors_are_not_kept(path: str, user: httpx.AsyncClient, url: str) -> None:
    answers = [await user.get(path) for _ in range(2)]

    first, second = (answer.json()["request_id"] for answer in answers)
    assert first != second
    assert url


async def test_what_was_not_found_is_found_once_it_is_there(
    admin: httpx.AsyncClient, url: str
) -> None:
    assert (await admin.get(f"{PRODUCTS}/4")).status_code == 404

    await admin.post(PRODUCTS, json=product_body())

    assert (await admin.get(f"{PRODUCTS}/4")).status_code == 200
    assert url


@pytest.mark.parametrize(
    ("known", "status"), [('"1"', 304), ("*", 304), ('W/"1"', 304), ('"2"', 200), ('"2", "1"', 304)]
)
async def test_a_kept_answer_is_not_sent_to_those_who_have_it(
    known: str, status: int, user: httpx.AsyncClient, behind: asyncpg.Connection, url: str
) -> None:
    await user.get(url)
    await rename(behind)

    answer = await user.get(url, headers={"If-None-Match": known})

    assert answer.status_code == status
    assert answer.headers["ETag"] == '"1"'
    assert (answer.content == b"") == (status == 304)


async def test_a_first_conditional_request_is_kept_as_a_whole(
    user: httpx.AsyncClient, behind: asyncpg.Connection, url: str
) -> None:
    assert (await user.get(url, headers={"If-None-Match": '"1"'})).status_code == 304
    await rename(behind)

    assert (await user.get(url)).json()["name"] == "Laptop"


async def test_head_is_answered_from_what_get_keeps(user: httpx.AsyncClient, url: str) -> None:
    got = await user.get(url)

    head = await user.head(url)

    assert head.content == b""
    assert head.headers["Content-Length"] == got.headers["Content-Length"]


async def test_every_write_is_seen_at_once(admin: httpx.AsyncClient, url: str) -> None:
    for path in (url, PRODUCTS):
        await admin.get(path)
    await admin.patch(f"{url}/price", json={"price": 5})
    assert (await admin.get(url)).json()["price"] == 5
    assert (await admin.get(PRODUCTS)).json()["items"][0]["price"] == 5

    await admin.patch(f"{url}/availability", json={"is_available": False})
    assert (await admin.get(url)).json()["is_available"] is False

    await admin.delete(url)
    assert (await admin.get(url)).status_code == 404
    assert (await admin.get(PRODUCTS)).json()["total"] == 2


async def test_a_change_of_one_product_leaves_the_answer_about_another(
    admin: httpx.AsyncClient, behind: asyncpg.Connection, url: str
) -> None:
    other = f"{PRODUCTS}/2"
    await admin.get(other)
    await rename(behind)

    await admin.patch(f"{url}/price", json={"price": 5})

    assert (await admin.get(other)).json()["name"] == "Laptop"


async def test_what_is_changed_behind_the_back_is_seen_after_two_seconds(
    user: httpx.AsyncClient, behind: asyncpg.Connection, url: str
) -> None:
    await user.get(url)
    await rename(behind)

    await asyncio.sleep(2)

    assert (await user.get(url)).json()["name"] == "Renamed"


async def test_without_a_file_of_marks_nothing_is_kept_and_all_works(
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    url: str,
    behind: asyncpg.Connection,
    auth_service: PrivateAuthService,
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "none"))
    async with running(settings) as app, client_of(app, auth_service.token("admin")) as admin:
        assert (await admin.get(url)).json()["name"] == "Laptop"
        await rename(behind)
        assert (await admin.get(url)).json()["name"] == "Renamed"
        assert (await admin.patch(f"{url}/price", json={"price": 5})).status_code == 200
        assert (await admin.get(url)).json()["price"] == 5
