"""A creation repeated with the same Idempotency-Key has one effect and one response."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.types import ASGIApp

from devtools.private_auth import PrivateAuthService
from tests.support.database import fetch_rows
from tests.support.problems import problem_of
from tests.support.settings_and_clients import make_client
from tests.widgets.factories import WIDGETS, widget_body


@pytest.fixture
async def second_admin(
    app: ASGIApp, auth_service: PrivateAuthService
) -> AsyncIterator[httpx.AsyncClient]:
    async with make_client(app, auth_service.token("admin", username="eve")) as client:
        yield client


async def _post(client: httpx.AsyncClient, key: str, **fields: object) -> httpx.Response:
    headers = {"Idempotency-Key": key}
    return await client.post(WIDGETS, json=widget_body(**fields), headers=headers)


async def test_a_repeated_request_gets_the_same_response(
    admin: httpx.AsyncClient, database_url: str
) -> None:
    first = await _post(admin, "k-1", code="NB-1")
    again = await _post(admin, "k-1", code="NB-1")

    assert (again.status_code, again.content) == (201, first.content)
    for name in ("ETag", "Location", "Content-Type"):
        assert again.headers[name] == first.headers[name]
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["X-Request-ID"] != first.headers["X-Request-ID"]
    assert len(await fetch_rows(database_url, "widgets")) == 1
    assert len(await fetch_rows(database_url)) == 1


async def test_an_equivalent_body_counts_as_the_same_request(admin: httpx.AsyncClient) -> None:
    await _post(admin, "k-1", name="Caf\u00e9", price=12.5)

    again = await _post(admin, "k-1", price=12.50, name=" Cafe\u0301 ")

    assert again.headers["Idempotency-Replayed"] == "true"


async def test_a_key_used_for_another_request_is_refused(
    admin: httpx.AsyncClient, database_url: str
) -> None:
    await _post(admin, "k-1")

    problem_of(await _post(admin, "k-1", price=7), 422, "idempotency_key_reused")
    assert len(await fetch_rows(database_url, "widgets")) == 1


async def test_two_callers_may_use_the_same_key(
    admin: httpx.AsyncClient, second_admin: httpx.AsyncClient
) -> None:
    first = await _post(admin, "k-1")
    other = await _post(second_admin, "k-1")

    assert other.status_code == 201
    assert other.json()["id"] != first.json()["id"]
    assert "Idempotency-Replayed" not in other.headers


async def test_a_malformed_key_is_refused(admin: httpx.AsyncClient, database_url: str) -> None:
    for key in ("", " ", "a b", "a\tb", "\xe9", "x" * 256):
        headers = {b"Idempotency-Key": key.encode("latin-1")}
        refused = await admin.post(WIDGETS, json=widget_body(), headers=headers)
        problem_of(refused, 422)
    two = [(b"Idempotency-Key", b"a"), (b"Idempotency-Key", b"b")]
    problem_of(await admin.post(WIDGETS, json=widget_body(), headers=two), 422)
    assert await fetch_rows(database_url, "widgets") == []


async def test_a_key_is_accepted_up_to_its_length_limit(admin: httpx.AsyncClient) -> None:
    for key in ("!", "~" * 255):
        assert (await _post(admin, key)).status_code == 201


async def test_a_key_can_be_reused_after_a_failed_request(admin: httpx.AsyncClient) -> None:
    first = await _post(admin, "other", code="NB-1")
    problem_of(await _post(admin, "k-1", code="NB-1"), 409, "code_taken")
    await admin.delete(first.headers["Location"])

    again = await _post(admin, "k-1", code="NB-1")

    assert again.status_code == 201
    assert "Idempotency-Replayed" not in again.headers


@pytest.mark.usefixtures("long_wait")
async def test_fifty_parallel_duplicates_create_one_widget(
    admin: httpx.AsyncClient, database_url: str
) -> None:
    responses = await asyncio.gather(*(_post(admin, "k-1") for _ in range(50)))

    assert len(await fetch_rows(database_url, "widgets")) == 1
    assert len(await fetch_rows(database_url)) == 1
    assert {response.status_code for response in responses} <= {201, 409}
    originals = [response for response in responses if response.status_code == 201]
    assert sum("Idempotency-Replayed" not in response.headers for response in originals) == 1
    for response in responses:
        if response.status_code == 409:
            problem_of(response, 409, "request_in_flight")
            assert int(response.headers["Retry-After"]) >= 1
