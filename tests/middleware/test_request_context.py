"""Every response has a request ID, a trace and the standard headers."""

import re

import httpx

from tests.widgets.factories import WIDGETS

TRACE = f"00-{'a' * 32}-{'b' * 16}-01"


async def test_a_valid_request_id_of_the_client_is_used(anonymous: httpx.AsyncClient) -> None:
    for given in ("a", "A-b_c.9", "x" * 128):
        response = await anonymous.get("/health/live", headers={"X-Request-ID": given})
        assert response.headers["X-Request-ID"] == given


async def test_an_unsafe_request_id_is_replaced(anonymous: httpx.AsyncClient) -> None:
    for given in ("", "x" * 129, "a b", "a\tb", "\xe9", 'a"b', "a;b", "a/b", "a,b"):
        headers = {b"X-Request-ID": given.encode("latin-1")}
        response = await anonymous.get("/health/live", headers=headers)
        assert re.fullmatch(r"[0-9a-f]{32}", response.headers["X-Request-ID"])


async def test_requests_without_an_id_get_different_ones(anonymous: httpx.AsyncClient) -> None:
    ids = {(await anonymous.get("/health/live")).headers["X-Request-ID"] for _ in range(5)}

    assert len(ids) == 5


async def test_a_valid_traceparent_is_continued(anonymous: httpx.AsyncClient) -> None:
    response = await anonymous.get("/health/live", headers={"traceparent": TRACE})

    assert response.headers["traceparent"].split("-")[1] == "a" * 32


async def test_an_invalid_traceparent_is_dropped(anonymous: httpx.AsyncClient) -> None:
    for given in ("", "00-1-2-3", TRACE.upper(), TRACE + "\t-x", f"00-{'0' * 32}-{'b' * 16}-01"):
        response = await anonymous.get("/health/live", headers={"traceparent": given})
        assert "traceparent" not in response.headers


async def test_every_response_forbids_content_sniffing(anonymous: httpx.AsyncClient) -> None:
    for path in ("/", "/health", WIDGETS, "/nothing", "/openapi.json"):
        response = await anonymous.get(path)
        assert response.headers["X-Content-Type-Options"] == "nosniff"
