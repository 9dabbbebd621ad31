"""The routes of widgets, beyond what tests/domains checks for every domain."""

from typing import Any

import httpx
import pytest

from tests.support.problems import problem_of, refused_fields
from tests.widgets.factories import WIDGETS, widget_body

_MEMBERS = [
    "id",
    "code",
    "name",
    "note",
    "category",
    "price",
    "kind",
    "quantity",
    "is_active",
    "due_on",
    "checked_at",
    "created_at",
    "updated_at",
    "version",
]


@pytest.fixture
async def record(admin: httpx.AsyncClient) -> dict[str, Any]:
    document: dict[str, Any] = (await admin.post(WIDGETS, json=widget_body())).json()
    return document


@pytest.fixture
def url(record: dict[str, Any]) -> str:
    return f"{WIDGETS}/{record['id']}"


async def test_widget_shows_exactly_its_members(record: dict[str, Any]) -> None:
    assert list(record) == _MEMBERS
    assert record["code"] is None
    assert record["note"] is None
    assert record["quantity"] == 0
    assert record["is_active"] is True
    assert record["due_on"] is None
    assert record["checked_at"] is None


async def test_an_update_may_change_every_field(
    admin: httpx.AsyncClient, url: str, record: dict[str, Any]
) -> None:
    changes = {
        "code": "Code A",
        "name": "Name A",
        "note": "Note A",
        "category": "Category A",
        "price": 13.5,
        "kind": "SW",
        "quantity": 2,
        "is_active": False,
        "due_on": "2026-01-02",
        "checked_at": "2026-01-15T09:01:00Z",
    }

    changed = await admin.patch(url, json=changes)

    assert (changed.status_code, changed.headers["ETag"]) == (200, '"2"')
    assert changed.json() == {
        **record,
        **changes,
        **{name: changed.json()[name] for name in ("version", "updated_at")},
    }


async def test_an_empty_update_changes_nothing(
    admin: httpx.AsyncClient, url: str, record: dict[str, Any]
) -> None:
    same = await admin.patch(url, json={})

    assert (same.status_code, same.json()) == (200, record)


async def test_an_invalid_update_names_its_field_and_changes_nothing(
    admin: httpx.AsyncClient, url: str, record: dict[str, Any]
) -> None:
    for name in _MEMBERS:
        assert refused_fields(await admin.patch(url, json={name: []})) == [name]
    assert (await admin.get(url)).json() == record


async def test_null_empties_an_optional_field(admin: httpx.AsyncClient, url: str) -> None:
    await admin.patch(url, json={"code": "Code A"})

    emptied = await admin.patch(url, json={"code": None})

    assert (emptied.json()["code"], emptied.json()["version"]) == (None, 3)


async def test_a_taken_code_is_a_conflict(admin: httpx.AsyncClient, url: str) -> None:
    taken = {"code": "Code A"}
    await admin.post(WIDGETS, json=widget_body(**taken))

    for refused in (
        await admin.post(WIDGETS, json=widget_body(**taken)),
        await admin.patch(url, json=taken),
    ):
        problem_of(refused, 409, "code_taken")
