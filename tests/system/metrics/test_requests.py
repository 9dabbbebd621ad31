"""Every response is counted once, under labels that come from the service alone."""

from itertools import count

import httpx
import pytest

from tests.support.raw_http import exchange
from tests.support.traffic import WIDGETS, make_widget_body
from tests.system.metrics.conftest import Measured

RECORD, LIST = f"{WIDGETS}/{{widget_id}}", WIDGETS
DURATIONS = "http_server_request_duration_seconds"

_names = count()


def series(method: str, route: str, status: int) -> str:
    labels = (
        f'http_request_method="{method}",http_route="{route}",http_response_status_code="{status}"'
    )
    return f"{DURATIONS}_count{{{labels}}}"


async def create(client: httpx.AsyncClient) -> str:
    response = await client.post(WIDGETS, json=make_widget_body(f"measured {next(_names)}"))
    assert response.status_code == 201
    return f"{WIDGETS}/{response.json()['id']}"


async def test_an_uncached_and_cached_reads_are_counted_with_their_route(
    measured: Measured, client: httpx.AsyncClient
) -> None:
    url = await create(client)
    expected = {series("GET", RECORD, 200): 3, series("GET", RECORD, 304): 1}
    async with measured.expecting(DURATIONS, expected):
        first, second, third = [await client.get(url) for _ in range(3)]
        headers = {"If-None-Match": first.headers["ETag"]}
        assert (await client.get(url, headers=headers)).status_code == 304
    assert first.content == second.content == third.content


async def test_head_is_counted_as_head(measured: Measured, client: httpx.AsyncClient) -> None:
    url = await create(client)
    async with measured.expecting(DURATIONS, {series("HEAD", RECORD, 200): 2}):
        for _ in range(2):
            assert (await client.head(url)).status_code == 200


@pytest.mark.parametrize(
    ("method", "url", "options", "expected"),
    [
        ("GET", f"{WIDGETS}/2000000000", {}, ("GET", RECORD, 404)),
        ("GET", f"{WIDGETS}/abc", {}, ("GET", RECORD, 422)),
        ("GET", f"{WIDGETS}?unknown=1", {}, ("GET", LIST, 422)),
        ("GET", "/api/v1/nothing/7", {}, ("GET", "", 404)),
        ("GET", "/wp-admin/setup.php?a=1", {}, ("GET", "", 404)),
        ("PUT", f"{WIDGETS}/7", {}, ("PUT", RECORD, 405)),
        ("PROPFIND", f"{WIDGETS}/7", {}, ("_OTHER", RECORD, 405)),
        ("POST", WIDGETS, {"json": {}}, ("POST", LIST, 422)),
        ("POST", WIDGETS, {"content": b"{}"}, ("POST", LIST, 415)),
        ("POST", WIDGETS, {"content": b"x" * 1001}, ("POST", "", 413)),
        ("GET", LIST, {"headers": {"Authorization": ""}}, ("GET", LIST, 401)),
        ("GET", LIST, {"headers": {"Host": "a.example:1"}}, ("GET", LIST, 200)),
        ("GET", "/health/live", {}, ("GET", "/health/live", 200)),
    ],
)
async def test_a_response_is_counted_once(
    measured: Measured,
    client: httpx.AsyncClient,
    method: str,
    url: str,
    options: dict[str, object],
    expected: tuple[str, str, int],
) -> None:
    async with measured.expecting(DURATIONS, {series(*expected): 1}):
        response = await client.request(method, url, **options)  # type: ignore[arg-type]
        assert response.status_code == expected[2]


async def test_a_preflight_request_is_counted(
    measured: Measured, client: httpx.AsyncClient
) -> None:
    headers = {"Origin": "http://localhost:3000", "Access-Control-Request-Method": "GET"}
    async with measured.expecting(DURATIONS, {series("OPTIONS", "", 200): 1}):
        assert (await client.options(WIDGETS, headers=headers)).status_code == 200


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"FOO / HTTP/1.1\r\nHost: a\r\n\r\n", ("_OTHER", "", 400)),
        (b"GET / HTTP/1.1\r\n\r\n", ("GET", "", 400)),
        (b"PATCH /api/v1/x HTTP/1.1\r\nHost: a b\r\n\r\n", ("PATCH", "", 400)),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 70_000, ("GET", "", 431)),
        (b"CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n", ("CONNECT", "", 501)),
    ],
    ids=["method", "no-host", "host", "large-head", "connect"],
)
async def test_what_the_parser_refuses_is_counted(
    measured: Measured, raw: bytes, expected: tuple[str, str, int]
) -> None:
    async with (
        measured.expecting(
            "requests_refused_total", {'requests_refused_total{reason="parser"}': 1}
        ),
        measured.expecting(DURATIONS, {series(*expected): 1}),
    ):
        (response,) = await exchange(measured.server.port, [raw])
        assert response.status == expected[2]


async def test_a_request_with_an_invalid_body_is_counted_once(
    measured: Measured, admin_token: str
) -> None:
    raw = (
        f"POST {WIDGETS} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {admin_token}\r\n"
        "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    ).encode()
    async with measured.expecting(DURATIONS, {series("POST", LIST, 400): 1}):
        (response,) = await exchange(measured.server.port, [raw, b"5\r\nhello\r\n", b"zz\r\n"])
        assert response.status == 400
