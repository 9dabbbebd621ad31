"""A compressed request body is refused before it is read."""

import json
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.support.problems import problem_of
from tests.widgets.factories import WIDGETS, widget_body

BODY = json.dumps(widget_body())


def _headers(*codings: str) -> list[tuple[str, str]]:
    return [
        ("Content-Type", "application/json"),
        *(("Content-Encoding", coding) for coding in codings),
    ]


@pytest.mark.parametrize(
    "codings",
    [
        *(["gzip"], ["GZIP"], ["br"], ["compress"], ["x-made-up"], ["identity, gzip"], ["*"]),
        *(["gzip, identity"], ["gzip, gzip"], ["identity", "deflate"], [",gzip"], ["gzip;q=0"]),
    ],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        *(("POST", WIDGETS), ("PATCH", f"{WIDGETS}/1"), ("DELETE", f"{WIDGETS}/1")),
        *(("POST", "/api/v1/nothing"), ("GET", WIDGETS), ("POST", "/health")),
    ],
)
async def test_a_coded_body_is_unsupported_on_every_route(
    admin: httpx.AsyncClient, method: str, path: str, codings: list[str]
) -> None:
    refused = await admin.request(method, path, content=BODY, headers=_headers(*codings))

    problem_of(refused, 415, "unsupported_content_coding")
    assert refused.headers["Accept-Encoding"] == "identity"


@pytest.mark.parametrize(
    "codings", [[], [""], ["identity"], ["Identity"], ["identity, identity"], [" , "], ["", ""]]
)
async def test_a_body_without_coding_is_accepted(
    admin: httpx.AsyncClient, codings: list[str]
) -> None:
    created = await admin.post(WIDGETS, content=BODY, headers=_headers(*codings))

    assert created.status_code == 201


@pytest.mark.parametrize("length", [{}, {"Content-Length": "0"}])
async def test_a_coding_without_body_is_ignored(
    admin: httpx.AsyncClient, length: dict[str, str]
) -> None:
    response = await admin.get(WIDGETS, headers={"Content-Encoding": "gzip", **length})

    assert response.status_code == 200


async def test_a_coded_body_is_never_read(admin: httpx.AsyncClient) -> None:
    parts: list[bytes] = []

    async def endless() -> AsyncIterator[bytes]:
        while True:
            parts.append(b"x")
            yield b"x"

    refused = await admin.post(WIDGETS, content=endless(), headers=_headers("gzip"))

    problem_of(refused, 415, "unsupported_content_coding")
    assert len(parts) <= 1
