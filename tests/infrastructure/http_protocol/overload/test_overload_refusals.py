"""Responses of a process that can serve no more requests."""

import asyncio

import pytest

from app.infrastructure.cache.response_key import response_key
from app.infrastructure.http_protocol.request_kinds import RequestKinds
from tests.infrastructure.http_protocol.corpus import CORPUS, NEXT, Case, get
from tests.infrastructure.http_protocol.overload.conftest import (
    API,
    CLOSE,
    BusyServer,
    patch,
    require_overloaded,
    send,
    send_in_turn,
)
from tests.support.raw_http import exchange, open_connection, parse_responses
from tests.support.waiting import eventually

# refusals


async def test_a_refusal_is_a_problem_document_and_the_connection_stays_open(
    full: BusyServer,
) -> None:
    raw = send(b"GET") + patch(b'{"a": 1}') + send(b"GET", target=API + b"/7?q=1") + NEXT
    *refused, served = await exchange(full.echo.port, [raw])

    assert len(refused) == 3
    for response in refused:
        require_overloaded(response)
        assert "connection" not in response.headers
    assert [response.json()["instance"] for response in refused] == [
        *("/api/v1/things", "/api/v1/things", "/api/v1/things/7"),
    ]
    assert served.json()["path"] == "/next"
    assert full.admission.refused == 3


async def test_the_request_id_of_the_client_is_used_if_it_is_valid(full: BusyServer) -> None:
    raw = send(b"GET", b"X-Request-ID: abc.7\r\n") + send(b"GET", b'X-Request-ID: a"b\r\n') + NEXT
    first, second, _ = await exchange(full.echo.port, [raw])
    for response in (first, second):
        require_overloaded(response)
    assert first.headers["x-request-id"] == "abc.7"
    assert second.headers["x-request-id"] != 'a"b'


async def test_a_path_is_escaped(full: BusyServer) -> None:
    raw = send(b"GET", target=b"/api/%22%0d%0a%ff'") + NEXT
    refused, _ = await exchange(full.echo.port, [raw])
    require_overloaded(refused)
    assert refused.json()["instance"] == "/api/\"\r\n\ufffd'"


async def test_a_refusal_of_head_has_no_body(full: BusyServer) -> None:
    async with open_connection(full.echo.port) as (reader, writer):
        writer.write(send(b"HEAD") + NEXT)
        head, _, rest = (await reader.read()).partition(b"\r\n\r\n")
    assert b"HTTP/1.1 503" in head
    assert b"content-length: 0" not in head
    assert rest.startswith(b"HTTP/1.1 200")


async def test_the_body_of_a_refused_request_is_not_taken_for_a_request(full: BusyServer) -> None:
    raw = patch(b"GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n") + NEXT
    refused, served = await exchange(full.echo.port, (raw[i : i + 1] for i in range(len(raw))))
    require_overloaded(refused)
    assert served.json()["path"] == "/next"


@pytest.mark.parametrize(
    "raw",
    [
        send(b"POST", b"Transfer-Encoding: chunked\r\n", body=b"1\r\na\r\n0\r\n\r\n"),
        send(b"POST", b"Content-Length: 1000000\r\n", body=b"a"),
        send(b"POST", b"Content-Length: 1\r\nExpect: 100-continue\r\n"),
        send(b"GET", CLOSE),
        get(target=API, version=b"HTTP/1.0"),
    ],
    ids=["chunked", "large", "expectation", "close", "HTTP/1.0"],
)
async def test_the_connection_is_closed_after_a_refusal_where_it_must_be(
    full: BusyServer, raw: bytes
) -> None:
    (refused,) = await exchange(full.echo.port, [raw])
    require_overloaded(refused)
    assert refused.headers["connection"] == "close"


@pytest.mark.parametrize("case", CORPUS.values(), ids=CORPUS)
async def test_a_full_process_serves_no_request_and_names_the_faults_of_heads(
    full: BusyServer, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RequestKinds, "is_for_api", lambda _, __: True)
    responses = await exchange(full.echo.port, [case.raw + NEXT])

    is_closed = responses[-1].headers.get("connection") == "close"
    for status, response in zip(case.statuses, responses, strict=False):
        # What is wrong with the body of a refused request is not known.
        is_refused = response.status == 503
        assert is_refused or response.status == status >= 400
        assert not is_refused or status == 200 or is_closed
    assert len(responses) == len(case.statuses) or is_closed


# requests that pass


async def test_requests_that_need_no_dependency_pass(full: BusyServer) -> None:
    full.cache.keys.add(response_key("", "/api/v1/things/7", b"a=1"))
    raw = send(b"GET", target=b"/health/live") + send(b"GET", target=API + b"/7?a=1") + NEXT
    paths = [response.json()["path"] for response in await exchange(full.echo.port, [raw])]
    assert paths == ["/health/live", "/api/v1/things/7", "/next"]


UNKNOWN = b"Authorization: Bearer unknown\r\n"
IN_STRINGS = b"Accept: application/json;decimals=string\r\n"


@pytest.mark.parametrize(
    "request_",
    [
        *(send(method) for method in (b"HEAD", b"OPTIONS", b"POST", b"PUT", b"DELETE")),
        patch(b"{}"),
        send(b"GET", UNKNOWN),
        send(b"GET", IN_STRINGS),
        send(b"GET", IN_STRINGS.upper(), b"Accept: */*\r\n"),
    ],
    ids=[
        "HEAD",
        "OPTIONS",
        "POST",
        "PUT",
        "DELETE",
        "PATCH",
        "unknown token",
        "variant",
        "two fields",
    ],
)
async def test_a_cached_response_lets_no_other_request_pass(
    full: BusyServer, request_: bytes
) -> None:
    full.cache.keys.add(response_key("", API.decode(), b""))
    # The second one is not parsed.
    *refused, _ = await send_in_turn(full, [request_, request_])
    assert [response.status for response in refused] == [503, 503]


@pytest.mark.parametrize("token", [b"Bearer known", b"Basic x", b""])
async def test_a_cached_response_passes_where_the_caller_needs_no_verification(
    full: BusyServer, token: bytes
) -> None:
    full.cache.keys.add(response_key("", API.decode(), b""))
    request = send(b"GET", b"Authorization: " + token + b"\r\n")
    responses = await exchange(full.echo.port, [request + NEXT])
    assert [response.status for response in responses] == [200, 200]


async def test_many_requests_for_cached_responses_are_all_served(full: BusyServer) -> None:
    full.cache.keys.add(response_key("", API.decode(), b""))
    responses = await asyncio.gather(
        *(exchange(full.echo.port, [send(b"GET", CLOSE)]) for _ in range(200))
    )
    assert all(response.status == 200 for (response,) in responses)


# pipelines


async def test_a_refusal_in_a_pipeline_keeps_its_place(full: BusyServer) -> None:
    async with open_connection(full.echo.port) as (reader, writer):
        full.cache.keys.add(response_key("", "/api/cached/slow", b""))
        writer.write(send(b"GET", target=b"/api/cached/slow") + send(b"GET") + NEXT)
        await eventually(lambda: full.echo.app.started == 2)
        full.echo.app.release.set()
        responses = parse_responses(await reader.read())
    assert [response.status for response in responses] in ([200, 503, 200], [200, 200, 200])
    assert responses[0].json()["path"] == "/api/cached/slow"
