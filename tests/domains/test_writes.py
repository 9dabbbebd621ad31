"""Writes of every domain are audited, send events and detect parallel writers."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.config.settings import Settings
from tests.support.database import fetch_rows
from tests.support.domain import Domain
from tests.support.settings_and_clients import Tokens, make_client, running_app

KEY = {"Idempotency-Key": "k-1"}


@pytest.fixture
async def url(admin: httpx.AsyncClient, domain: Domain) -> str:
    return (await admin.post(domain.url, json=domain.body())).headers["Location"]


def _lines(audit_file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in audit_file.read_text().splitlines()]


async def test_every_change_has_an_audit_line_and_an_audit_row(
    admin: httpx.AsyncClient, url: str, domain: Domain, tmp_path: Path, database_url: str
) -> None:
    for method, path, body in domain.writes.values():
        await admin.request(method, url + path, json=body)

    lines, rows = _lines(tmp_path / "audit.log"), await fetch_rows(database_url)
    assert [line["action"] for line in lines] == [row["action"] for row in rows]
    assert [json.loads(row["changes"]) for row in rows] == [line["changes"] for line in lines]
    assert {line["resource"] for line in lines} == {f"{domain.name}/{url.rpartition('/')[2]}"}
    assert len(lines) >= 1 + len(domain.writes)
    assert lines[0]["action"].startswith("CREATE_")
    assert lines[-1]["action"].startswith("DELETE_")


async def test_a_refused_write_has_an_audit_line_and_no_audit_row(
    user: httpx.AsyncClient, domain: Domain, tmp_path: Path, database_url: str
) -> None:
    for method, path, body in domain.writes.values():
        await user.request(method, f"{domain.url}/7{path}", json=body)

    lines = _lines(tmp_path / "audit.log")
    assert {(line["resource"], line["outcome"]) for line in lines} == {(f"{domain.name}/7", 403)}
    assert len(lines) == len(domain.writes)
    assert await fetch_rows(database_url) == []


async def test_every_change_sends_an_event_if_the_domain_has_events(
    settings: Settings, tokens: Tokens, domain: Domain, database_url: str
) -> None:
    with_events = {
        "rabbitmq_url": "amqp://127.0.0.1:9/",
        "event_subscribers": ["http://localhost:8002/api/v1/orders"],
    }
    async with running_app(settings, **with_events) as app, make_client(app, tokens.admin) as admin:
        created = await admin.post(domain.url, json=domain.body())
        for method, path, body in domain.writes.values():
            await admin.request(method, created.headers["Location"] + path, json=body)

    record = created.json()
    rows = sorted(await fetch_rows(database_url, "outbox"), key=lambda row: row["position"])
    if not domain.sends_events:
        assert rows == []
        return
    payloads = [json.loads(row["body"])["payload"] for row in rows]
    assert [payload["version"] for payload in payloads] == list(range(1, len(domain.writes) + 2))
    for body, payload in zip(domain.changes.values(), payloads[1:-1], strict=True):
        changed = {name: value for name, value in body.items() if value != record[name]}
        assert {name: payload[name]["new"] for name in changed} == changed
        record |= body
    assert (rows[0]["priority"], rows[-1]["priority"]) == (5, 10)


async def test_a_write_that_changes_nothing_leaves_no_trace(
    admin: httpx.AsyncClient, url: str, domain: Domain, database_url: str
) -> None:
    record = (await admin.get(url)).json()
    for path, body in domain.changes.items():
        unchanged = {name: record[name] for name in body}
        same = await admin.request(domain.update_method, url + path, json=unchanged)

        assert (same.status_code, same.json()) == (200, record)
        assert same.headers["ETag"] == '"1"'
    assert len(await fetch_rows(database_url)) == 1


async def test_of_parallel_writers_of_one_version_exactly_one_wins(
    admin: httpx.AsyncClient, url: str, domain: Domain
) -> None:
    (path, body), *_ = domain.changes.items()
    method, expected = domain.update_method, {"If-Match": '"1"'}
    responses = await asyncio.gather(
        *(admin.request(method, url + path, json=body, headers=expected) for _ in range(20))
    )

    _check_one_wins(responses, 200, 412)
    winner = next(response for response in responses if response.status_code == 200)
    assert (await admin.get(url)).json() == winner.json()


async def test_of_parallel_removals_exactly_one_wins(admin: httpx.AsyncClient, url: str) -> None:
    responses = await asyncio.gather(*(admin.delete(url) for _ in range(10)))

    _check_one_wins(responses, 204, 404)


def _check_one_wins(responses: list[httpx.Response], won: int, lost: int) -> None:
    """Check that one request won. A busy machine may refuse some waiting requests (503)."""
    statuses = [response.status_code for response in responses]
    assert statuses.count(won) == 1
    assert {won, lost} <= set(statuses) <= {won, lost, 503}


async def test_a_repeated_creation_gets_the_same_response(
    admin: httpx.AsyncClient, domain: Domain, database_url: str
) -> None:
    body = domain.body()
    first = await admin.post(domain.url, json=body, headers=KEY)

    again = await admin.post(domain.url, json=body, headers=KEY)
    other = await admin.post(domain.url, json={}, headers=KEY)

    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert other.status_code == 422
    assert len(await fetch_rows(database_url, domain.name)) == 1
