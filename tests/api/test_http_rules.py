"""HTTP rules: content types, body sizes, paths and methods."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.support.problems import problem_of
from tests.widgets.factories import WIDGETS, widget_body

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

    refused = await admin.post(WIDGETS, content=json.dumps(widget_body()), headers=headers)

    problem_of(refused, 415, "unsupported_media_type")


async def test_two_content_types_are_unsupported(admin: httpx.AsyncClient) -> None:
    for other in ("application/json", "text/plain"):
        for types in ((JSON["Content-Type"], other), (other, JSON["Content-Type"])):
            refused = await admin.post(
                WIDGETS,
                content=json.dumps(widget_body()),
                headers=[("Content-Type", each) for each in types],
            )
            problem_of(refused, 415, "unsupported_media_type")


async def test_an_encoded_slash_separates_nothing(admin: httpx.AsyncClient) -> None:
    for path in ("/api%2Fv1/widgets", "/api/v1%2fwidgets", "/api/v1/widgets%2F1", "/health%2Flive"):
        response = await admin.get(path)
        assert response.status_code == 404
        assert response.json()["instance"] == path.replace("%2f", "%2F")
    assert (await admin.get("/%61pi/v1/widgets")).status_code == 200


async def test_the_json_content_type_is_case_insensitive(admin: httpx.AsyncClient) -> None:
    for content_type in ("application/json; charset=utf-8", "Application/JSON"):
        response = await admin.post(
            WIDGETS, content=json.dumps(widget_body()), headers={"Content-Type": content_type}
        )
        assert response.status_code == 201


async def _chunks(size: int) -> AsyncIterator[bytes]:
    for _ in range(0, size, 1000):
        yield b" " * min(size, 1000)


async def test_a_body_is_accepted_up_to_the_size_limit(
    admin: httpx.AsyncClient,
) -> None:
    body = json.dumps(widget_body()).encode()
    limit = 1_048_576
    fitting, too_long = body.ljust(limit), body.ljust(limit + 1)

    assert (await admin.post(WIDGETS, content=fitting, headers=JSON)).status_code == 201
    for content in (too_long, _chunks(limit + 1000)):
        refused = await admin.post(WIDGETS, content=content, headers=JSON)
        problem_of(refused, 413, "request_too_large")


async def test_unknown_paths_are_not_found(admin: httpx.AsyncClient) -> None:
    for path in ("/nothing", "/api", "/api/v1", "/api/v2/widgets", "/api/v1/Widgets", "/%00"):
        problem_of(await admin.get(path), 404, "not_found")


async def test_a_trailing_slash_is_not_redirected(admin: httpx.AsyncClient) -> None:
    for path in (f"{WIDGETS}/", f"{WIDGETS}/1/", "/health/", "/api/v1//widgets"):
        response = await admin.get(path)
        assert response.status_code in {404, 422}
        problem_of(response, response.status_code)


METHODS = {
    WIDGETS: {"GET", "HEAD", "POST"},
    f"{WIDGETS}/1": {"GET", "HEAD", "PATCH", "DELETE"},
    "/health": {"GET", "HEAD"},
    "/": {"GET", "HEAD"},
}


async def test_a_405_response_lists_the_allowed_methods(
    admin: httpx.AsyncClient,
) -> None:
    every = {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"}
    for path, allowed in METHODS.items():
        for method in every - allowed:
            refused = await admin.request(method, path)
            problem_of(refused, 405, "method_not_allowed")
            assert set(refused.headers["Allow"].split(", ")) == allowed


async def test_a_405_response_of_an_export_lists_its_own_methods(admin: httpx.AsyncClient) -> None:
    refused = await admin.post(f"{WIDGETS}/export")

    problem_of(refused, 405, "method_not_allowed")
    assert set(refused.headers["Allow"].split(", ")) == {"GET", "HEAD"}


async def test_head_responds_as_get_without_a_body(user: httpx.AsyncClient, admin: Any) -> None:
    created = await admin.post(WIDGETS, json=widget_body())
    url = created.headers["Location"]
    for path, status in ((url, 200), (WIDGETS, 200), (f"{WIDGETS}/99", 404), ("/health", 200)):
        full, head = await user.get(path), await user.head(path)
        assert (head.status_code, head.content) == (status, b"")
        for name in ("content-type", "etag"):
            assert head.headers.get(name) == full.headers.get(name)
    assert (await user.head(url, headers={"If-None-Match": '"1"'})).status_code == 304


async def test_a_huge_conditional_header_is_handled(user: httpx.AsyncClient) -> None:
    for name in ("If-None-Match", "X-Request-ID", "traceparent", "Accept", "X-Forwarded-For"):
        response = await user.get(f"{WIDGETS}/1", headers={name: '"x",' * 16_000})
        problem_of(response, 404)
