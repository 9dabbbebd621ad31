"""`GET /api/v1/audit`: who changed what, from what to what, with which request."""

import asyncio
import re
from datetime import datetime
from typing import Any

import asyncpg
import httpx
import pytest

from app.repositories.shared import postgres_audit_repository as repository
from tests.support.problems import problem_of, refused_fields
from tests.widgets.factories import WIDGETS, widget_body

AUDIT = "/api/v1/audit"


async def _page(client: httpx.AsyncClient, **query: Any) -> dict[str, Any]:
    response = await client.get(AUDIT, params=query)
    assert response.status_code == 200, response.text
    page: dict[str, Any] = response.json()
    assert list(page) == ["items", "page_size", "next_cursor"]
    return page


async def _read_all(client: httpx.AsyncClient, **query: Any) -> list[dict[str, Any]]:
    page = await _page(client, **query)
    items: list[dict[str, Any]] = page["items"]
    while page["next_cursor"] is not None:
        page = await _page(client, **query, cursor=page["next_cursor"])
        items += page["items"]
    return items


@pytest.fixture
async def changed(admin: httpx.AsyncClient) -> str:
    """The URL of a record that was created and then changed twice, with named requests."""
    created = await admin.post(WIDGETS, json=widget_body(price=100))
    url = created.headers["Location"]
    await admin.patch(url, json={"price": 130.25}, headers={"X-Request-ID": "req-1"})
    await admin.patch(url, json={"note": "new"}, headers={"X-Request-ID": "req-2"})
    return url


@pytest.mark.usefixtures("changed")
async def test_an_entry_says_who_changed_what_with_which_request(admin: httpx.AsyncClient) -> None:
    (entry,) = (await _page(admin, request_id="req-1"))["items"]

    assert entry["resource"] == "widgets/1"
    assert (entry["user_id"], entry["role"]) == ("dev-admin", "admin")
    assert entry["action"] == "UPDATE_WIDGET"
    assert entry["changes"] == {"price": {"old": 100, "new": 130.25}}
    assert entry["client_ip"] == "127.0.0.1"
    assert datetime.fromisoformat(entry["occurred_at"]).tzinfo is not None


@pytest.mark.usefixtures("changed")
@pytest.mark.parametrize(
    ("query", "versions"),
    [
        ({}, [3, 2, 1]),
        ({"resource": "widgets"}, [3, 2, 1]),
        ({"resource": "widgets/1"}, [3, 2, 1]),
        ({"resource": "widgets/2"}, []),
        ({"resource": "widget"}, []),
        ({"user_id": "dev-admin"}, [3, 2, 1]),
        ({"user_id": "dev-user"}, []),
        ({"request_id": "req-2"}, [3]),
        ({"action": "UPDATE_WIDGET"}, [3, 2]),
        ({"action": "UPDATE_WIDGET", "resource": "widgets/1", "request_id": "req-1"}, [2]),
        ({"since": "2026-01-01T00:00:00Z"}, [3, 2, 1]),
        ({"until": "2026-01-01T00:00:00+01:00"}, []),
    ],
)
async def test_entries_match_all_filters_and_are_newest_first(
    admin: httpx.AsyncClient, query: dict[str, str], versions: list[int]
) -> None:
    found = [entry["id"] for entry in (await _page(admin, **query))["items"]]

    assert found == versions


@pytest.mark.usefixtures("changed")
async def test_a_range_of_time_includes_its_start_and_not_its_end(admin: httpx.AsyncClient) -> None:
    times = [entry["occurred_at"] for entry in (await _page(admin))["items"]]

    within = await _page(admin, since=times[2], until=times[0])

    assert [entry["occurred_at"] for entry in within["items"]] == times[1:]


async def test_the_cursor_pages_through_all_entries(admin: httpx.AsyncClient, changed: str) -> None:
    response = await admin.get(AUDIT, params={"page_size": 2, "user_id": "dev-admin"})
    first = response.json()
    found = re.findall(r'<([^>]*)>; rel="(\w+)"', response.headers["Link"])
    links = {relation: target for target, relation in found}
    await admin.delete(changed)
    second = (await admin.get(links["next"])).json()

    assert [entry["id"] for entry in first["items"] + second["items"]] == [3, 2, 1]
    assert second["next_cursor"] is None
    assert (await admin.get(links["first"])).json()["items"][0]["action"] == "DELETE_WIDGET"


@pytest.mark.usefixtures("changed")
async def test_a_cursor_belongs_to_its_filters(admin: httpx.AsyncClient) -> None:
    cursor = (await _page(admin, page_size=1))["next_cursor"]

    for query in ({"cursor": cursor, "action": "X"}, {"cursor": cursor[:-4]}, {"cursor": "x"}):
        assert refused_fields(await admin.get(AUDIT, params=query)) == ["cursor"]
    other = (await admin.get(WIDGETS, params={"page_size": 1})).json()["next_cursor"]
    assert other is None


@pytest.mark.usefixtures("changed")
async def test_a_page_that_the_scan_does_not_fill_goes_on(
    admin: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repository, "SCAN_LIMIT", 2)

    first = await _page(admin, action="CREATE_WIDGET")

    assert first["items"] == []
    assert first["next_cursor"] is not None
    assert [entry["id"] for entry in await _read_all(admin, action="CREATE_WIDGET")] == [1]


@pytest.mark.usefixtures("long_wait")
async def test_entries_are_read_once_while_others_are_written(admin: httpx.AsyncClient) -> None:
    await asyncio.gather(*(admin.post(WIDGETS, json=widget_body()) for _ in range(30)))

    seen: list[int] = []
    page = await _page(admin, page_size=7)
    while True:
        seen += [entry["id"] for entry in page["items"]]
        await admin.post(WIDGETS, json=widget_body())
        if page["next_cursor"] is None:
            break
        page = await _page(admin, page_size=7, cursor=page["next_cursor"])

    assert sorted(seen) == list(range(1, 31))


async def test_only_admins_read_the_audit_trail(
    anonymous: httpx.AsyncClient, user: httpx.AsyncClient
) -> None:
    problem_of(await anonymous.get(AUDIT), 401, "missing_token")
    problem_of(await user.get(AUDIT), 403, "role_not_allowed")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"since": "2026-01-15"}, "since"),
        ({"until": "2026-01-15T09:30:00"}, "until"),
        ({"page_size": "101"}, "page_size"),
        ({"page_size": "0"}, "page_size"),
        ({"resource": ""}, "resource"),
        ({"user_id": "a\0b"}, "user_id"),
        ({"request_id": "x" * 256}, "request_id"),
        ({"user": "u"}, "user"),
        ({"page": "1"}, "page"),
    ],
)
async def test_invalid_queries_are_refused(
    admin: httpx.AsyncClient, query: dict[str, str], field: str
) -> None:
    assert refused_fields(await admin.get(AUDIT, params=query)) == [field]


@pytest.mark.usefixtures("changed")
async def test_the_response_is_kept_by_nobody_and_head_works(admin: httpx.AsyncClient) -> None:
    full, head = await admin.get(AUDIT), await admin.head(AUDIT)

    assert full.headers["Cache-Control"] == head.headers["Cache-Control"] == "no-store"
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Length"] == full.headers["Content-Length"]


async def test_texts_are_compared_as_they_are_stored(
    admin: httpx.AsyncClient, database_url: str
) -> None:
    unusual = "  n\u0303\t%_ "
    connection = await asyncpg.connect(database_url)
    await connection.execute(
        "INSERT INTO audit_log (user_id, role, action, resource, changes)"
        " SELECT each, 'admin', 'A', 'a/1', '{}' FROM unnest($1::text[]) AS each",
        [unusual, unusual.strip()],
    )
    await connection.close()

    (entry,) = (await _page(admin, user_id=unusual))["items"]

    assert (entry["user_id"], entry["request_id"]) == (unusual, None)
