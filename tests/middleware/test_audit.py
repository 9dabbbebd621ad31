"""Each write has a line in the audit log, and each change a row in the database."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.database import fetch_rows
from tests.widgets.factories import WIDGETS, widget_body


@pytest.fixture
async def url(admin: httpx.AsyncClient) -> str:
    created = await admin.post(WIDGETS, json=widget_body(price=100))
    return created.headers["Location"]


@pytest.fixture
def audit_file(tmp_path: Path) -> Path:
    return tmp_path / "audit.log"


def _lines(audit_file: Path) -> list[dict[str, Any]]:
    text = audit_file.read_text() if audit_file.exists() else ""
    return [json.loads(line) for line in text.splitlines()]


async def test_every_change_has_an_audit_line_and_an_audit_row(
    admin: httpx.AsyncClient, url: str, audit_file: Path, database_url: str
) -> None:
    await admin.patch(url, json={"price": 130}, headers={"X-Request-ID": "req-1"})
    await admin.patch(url, json={"price": 131})
    await admin.patch(url, json={"is_active": False})
    await admin.delete(url)

    actions = ["CREATE_WIDGET", *["UPDATE_WIDGET"] * 3, "DELETE_WIDGET"]
    lines, rows = _lines(audit_file), await fetch_rows(database_url)
    assert [line["action"] for line in lines] == actions
    assert [row["action"] for row in rows] == actions
    assert {line["resource"] for line in lines} == {"widgets/1"}
    assert [line["outcome"] for line in lines] == [201, 200, 200, 200, 204]
    assert [json.loads(row["changes"]) for row in rows] == [line["changes"] for line in lines]
    assert [row["request_id"] for row in rows] == [line["request_id"] for line in lines]
    assert lines[1]["request_id"] == "req-1"
    assert lines[1]["changes"] == {"price": {"old": 100, "new": 130}}


async def test_an_audit_line_names_caller_action_and_address(
    admin: httpx.AsyncClient, audit_file: Path
) -> None:
    await admin.post(WIDGETS, json=widget_body())

    (line,) = _lines(audit_file)

    assert list(line) == [
        *("timestamp", "request_id", "actor", "client_ip", "action", "resource", "outcome"),
        "changes",
    ]
    assert line["actor"] == {"user_id": "dev-admin", "role": "admin"}
    assert line["client_ip"] == "127.0.0.1"


async def test_a_refused_write_has_an_audit_line_and_no_audit_row(
    anonymous: httpx.AsyncClient,
    user: httpx.AsyncClient,
    admin: httpx.AsyncClient,
    audit_file: Path,
    database_url: str,
) -> None:
    await anonymous.post(WIDGETS, json=widget_body())
    await user.delete(f"{WIDGETS}/7")
    await admin.patch(f"{WIDGETS}/7", json={"price": 5})
    await admin.patch(f"{WIDGETS}/7", json={"is_active": 1})

    lines = _lines(audit_file)
    assert [(line["action"], line["resource"], line["outcome"]) for line in lines] == [
        ("CREATE_WIDGET", "widgets", 401),
        ("DELETE_WIDGET", "widgets/7", 403),
        ("UPDATE_WIDGET", "widgets/7", 404),
        ("UPDATE_WIDGET", "widgets/7", 422),
    ]
    assert [line["actor"] and line["actor"]["role"] for line in lines] == [
        None,
        "user",
        "admin",
        "admin",
    ]
    assert await fetch_rows(database_url) == []


async def test_a_read_is_not_audited(user: httpx.AsyncClient, audit_file: Path) -> None:
    await user.get(WIDGETS)
    await user.head(f"{WIDGETS}/1")

    assert _lines(audit_file) == []


async def test_no_client_input_can_forge_an_audit_line(
    admin: httpx.AsyncClient, audit_file: Path
) -> None:
    forged = '\n{"action": "DELETE_WIDGET"}\n'
    await admin.post(WIDGETS, json=widget_body(name='x"}\u2028{'))
    await admin.delete(f"{WIDGETS}/" + forged.replace("\n", "%0a").replace('"', "%22"))

    lines = _lines(audit_file)

    assert [line["action"] for line in lines] == ["CREATE_WIDGET", "DELETE_WIDGET"]
    assert [line["outcome"] for line in lines] == [201, 422]


@pytest.mark.usefixtures("long_wait")
async def test_of_parallel_creations_with_one_code_exactly_one_succeeds(
    admin: httpx.AsyncClient, database_url: str
) -> None:
    responses = await asyncio.gather(
        *(admin.post(WIDGETS, json=widget_body(code="NB-1")) for _ in range(10))
    )

    assert sorted(response.status_code for response in responses) == [201] + [409] * 9
    assert len(await fetch_rows(database_url, "widgets")) == 1
