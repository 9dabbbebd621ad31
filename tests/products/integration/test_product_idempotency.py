"""A creation that is sent again; CONTRACT section 3.7."""

import asyncio

import httpx

from tests.database import rows_of
from tests.problems import problem_of
from tests.products.making import PRODUCTS, product_body


async def _post(client: httpx.AsyncClient, key: str, **fields: object) -> httpx.Response:
    headers = {"Idempotency-Key": key}
    return await client.post(PRODUCTS, json=product_body(**fields), headers=headers)


async def test_a_repeated_request_is_answered_alike(
    admin: httpx.AsyncClient, database_url: str
) -> None:
    first = await _post(admin, "k-1", sku="NB-1")
    again = await _post(admin, "k-1", sku="NB-1")

    assert (again.status_code, again.content) == (201, first.content)
    for name in ("ETag", "Location", "Content-Type"):
        assert again.headers[name] == first.headers[name]
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["X-Request-ID"] != first.headers["X-Request-ID"]
    assert len(await rows_of(database_url, "products")) == 1
    assert len(await rows_of(database_url)) == 1


async def test_the_same_request_may_be_spelled_otherwise(admin: httpx.AsyncClient) -> None:
    await _post(admin, "k-1", name="Caf\u00e9", price=12.5)

    again = await _post(admin, "k-1", price=12.50, name=" Cafe\u0301 ")

    assert again.headers["Idempotency-Replayed"] == "true"


async def test_a_key_used_for_another_request_is_refused(
    admin: httpx.AsyncClient, database_url: str
) -> None:
    await _post(admin, "k-1")

    problem_of(await _post(admin, "k-1", price=7), 422, "idempotency_key_reused")
    assert len(await rows_of(database_url, "products")) == 1


async def test_a_key_of_another_caller_is_another_key(
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
        refused = await admin.post(PRODUCTS, json=product_body(), headers=headers)
        problem_of(refused, 422)
    two = [(b"Idempotency-Key", b"a"), (b"Idempotency-Key", b"b")]
    problem_of(await admin.post(PRODUCTS, json=product_body(), headers=two), 422)
    assert await rows_of(database_url, "products") == []


async def test_a_key_may_be_as_long_as_promised(admin: httpx.AsyncClient) -> None:
    for key in ("!", "~" * 255):
        assert (await _post(admin, key)).status_code == 201


async def test_after_a_failure_the_key_may_be_used_again(admin: httpx.AsyncClient) -> None:
    first = await _post(admin, "other", sku="NB-1")
    problem_of(await _post(admin, "k-1", sku="NB-1"), 409, "sku_taken")
    await admin.delete(first.headers["Location"])

    again = await _post(admin, "k-1", sku="NB-1")

    assert again.status_code == 201
    assert "Idempotency-Replayed" not in again.headers


async def test_fifty_parallel_duplicates_make_one_product(
    admin: httpx.AsyncClient, database_url: str
) -> None:
    answers = await asyncio.gather(*(_post(admin, "k-1") for _ in range(50)))

    assert len(await rows_of(database_url, "products")) == 1
    assert len(await rows_of(database_url)) == 1
    assert {answer.status_code for answer in answers} <= {201, 409}
    originals = [answer for answer in answers if answer.status_code == 201]
    assert sum("Idempotency-Replayed" not in answer.headers for answer in originals) == 1
    for answer in answers:
        if answer.status_code == 409:
            problem_of(answer, 409, "request_in_flight")
            assert int(answer.headers["Retry-After"]) >= 1
