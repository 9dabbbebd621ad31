"""Content types, sizes, paths and methods: HTTP's own rules."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.problems import problem_of
from tests.products.making import PRODUCTS, product_body

JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    "content_type",
    [
        *("", "text/plain", "text/json", "application/xml", "application/jsonp", "\xff"),
        *("application/x-www-form-urlencoded", "multipart/form-data; boundary=x"),
        "application/json-patch+json",
    ],
)
async def test_another_content_type_is_unsupported(
    admin: httpx.AsyncClient, content_type: str
) -> None:
    headers = {b"Content-Type": content_type.encode("latin-1")} if content_type else None

    refused = await admin.post(PRODUCTS, content=json.dumps(product_body()), headers=headers)

    problem_of(refused, 415, "unsupported_media_type")


async def test_json_may_be_announced_in_any_case(admin: httpx.AsyncClient) -> None:
    for content_type in ("application/json; charset=utf-8", "Application/JSON"):
        answer = await admin.post(
            PRODUCTS, content=json.dumps(product_body()), headers={"Content-Type": content_type}
        )
        assert answer.status_code == 201


async def _chunks(size: int) -> AsyncIterator[bytes]:
    for _ in range(0, size, 1000):
        yield b" " * min(size, 1000)


async def test_a_body_at_the_limit_is_read_and_one_past_it_is_not(
    admin: httpx.AsyncClient,
) -> None:
    body = json.dumps(product_body()).encode()
    limit = 1_048_576
    fitting, too_long = body.ljust(limit), body.ljust(limit + 1)

    assert (await admin.post(PRODUCTS, content=fitting, headers=JSON)).status_code == 201
    for content in (too_long, _chunks(limit + 1000)):
        refused = await admin.post(PRODUCTS, content=content, headers=JSON)
        problem_of(refused, 413, "request_too_large")


async def test_unknown_paths_are_not_found(admin: httpx.AsyncClient) -> None:
    for path in ("/nothing", "/api", "/api/v1", "/api/v2/products", "/api/v1/Products", "/%00"):
        problem_of(await admin.get(path), 404, "not_found")


async def test_a_slash_at_the_end_is_not_redirected(admin: httpx.AsyncClient) -> None:
    for path in (f"{PRODUCTS}/", f"{PRODUCTS}/1/", "/health/", "/api/v1//products"):
        answer = await admin.get(path)
        assert answer.status_code in {404, 422}
        problem_of(answer, answer.status_code)


METHODS = {
    PRODUCTS: {"GET", "HEAD", "POST"},
    f"{PRODUCTS}/1": {"GET", "HEAD", "DELETE"},
    f"{PRODUCTS}/1/price": {"PATCH"},
    f"{PRODUCTS}/1/availability": {"PATCH"},
    "/health": {"GET", "HEAD"},
    "/": {"GET", "HEAD"},
}


async def test_another_method_is_not_allowed_and_told_which_are(
    admin: httpx.AsyncClient,
) -> None:
    every = {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"}
    for path, allowed in METHODS.items():
        for method in every - allowed:
            refused = await admin.request(method, path)
            problem_of(refused, 405, "method_not_allowed")
            assert set(refused.headers["Allow"].split(", ")) == allowed


async def test_head_is_get_without_its_body(user: httpx.AsyncClient, admin: Any) -> None:
    created = await admin.post(PRODUCTS, json=product_body())
    url = created.headers["Location"]
    for path, status in ((url, 200), (PRODUCTS, 200), (f"{PRODUCTS}/99", 404), ("/health", 200)):
        full, head = await user.get(path), await user.head(path)
        assert (head.status_code, head.content) == (status, b"")
        for name in ("content-type", "etag"):
            assert head.headers.get(name) == full.headers.get(name)
    assert (await user.head(url, headers={"If-None-Match": '"1"'})).status_code == 304


async def test_huge_headers_are_survived(user: httpx.AsyncClient) -> None:
    for name in ("If-None-Match", "X-Request-ID", "traceparent", "Accept", "X-Forwarded-For"):
        answer = await user.get(f"{PRODUCTS}/1", headers={name: '"x",' * 16_000})
        problem_of(answer, 404)
