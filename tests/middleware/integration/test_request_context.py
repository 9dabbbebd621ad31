"""Request id, trace and headers that stand on every answer; CONTRACT section 3.1."""

import re

import httpx

from tests.products.making import PRODUCTS

TRACE = f"00-{'a' * 32}-{'b' * 16}-01"


async def test_a_request_keeps_the_id_that_its_client_gave(anonymous: httpx.AsyncClient) -> None:
    for given in ("a", "A-b_c.9", "x" * 128):
        answer = await anonymous.get("/health/live", headers={"X-Request-ID": given})
        assert answer.headers["X-Request-ID"] == given


async def test_an_id_that_could_do_harm_is_replaced(anonymous: httpx.AsyncClient) -> None:
    for given in ("", "x" * 129, "a b", "a\tb", "\xe9", 'a"b', "a;b", "a/b", "a,b"):
        headers = {b"X-Request-ID": given.encode("latin-1")}
        answer = await anonymous.get("/health/live", headers=headers)
        assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["X-Request-ID"])


async def test_requests_without_an_id_get_different_ones(anonymous: httpx.AsyncClient) -> None:
    ids = {(await anonymous.get("/health/live")).headers["X-Request-ID"] for _ in range(5)}

    assert len(ids) == 5


async def test_a_valid_traceparent_is_continued(anonymous: httpx.AsyncClient) -> None:
    answer = await anonymous.get("/health/live", headers={"traceparent": TRACE})

    assert answer.headers["traceparent"].split("-")[1] == "a" * 32


async def test_an_invalid_traceparent_is_dropped(anonymous: httpx.AsyncClient) -> None:
    for given in ("", "00-1-2-3", TRACE.upper(), TRACE + "\t-x", f"00-{'0' * 32}-{'b' * 16}-01"):
        answer = await anonymous.get("/health/live", headers={"traceparent": given})
        assert "traceparent" not in answer.headers


async def test_no_answer_is_to_be_sniffed(anonymous: httpx.AsyncClient) -> None:
    for path in ("/", "/health", PRODUCTS, "/nothing", "/openapi.json"):
        answer = await anonymous.get(path)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
