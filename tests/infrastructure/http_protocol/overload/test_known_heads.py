"""Requests with the header fields of an earlier one on the connection, which are not parsed."""

import asyncio

import pytest

from app.infrastructure.cache.response_key import response_key
from app.infrastructure.http_protocol import BoundedHttpProtocol
from app.infrastructure.http_protocol.known_head import MAX_SECTION_BYTES
from app.infrastructure.http_protocol.request_kinds import RequestKinds
from tests.infrastructure.http_protocol.corpus import CORPUS, NEXT, Case
from tests.infrastructure.http_protocol.overload.conftest import (
    API,
    REQUESTS,
    BusyServer,
    patch,
    require_overloaded,
    send,
    send_in_turn,
)
from tests.support.raw_http import RawResponse, exchange, open_connection, parse_responses


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Collect what is parsed."""
    pieces: list[bytes] = []
    parse = BoundedHttpProtocol._parse  # noqa: SLF001 - to see which requests are not parsed

    def parse_and_collect(protocol: BoundedHttpProtocol, data: bytes) -> None:
        pieces.append(data)
        parse(protocol, data)

    monkeypatch.setattr(BoundedHttpProtocol, "_parse", parse_and_collect)
    return pieces


@pytest.fixture(autouse=True)
def _without_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    module = "app.infrastructure.http_protocol.shedding_http_protocol"
    monkeypatch.setattr(f"{module}.longer_rest", lambda _: 0)


async def test_a_request_with_known_fields_is_refused_without_being_parsed(
    full: BusyServer, parsed: list[bytes]
) -> None:
    requests = [send(b"GET"), send(b"GET", target=API + b"/7?q=1"), send(b"DELETE")]
    parsed.clear()
    *refused, served = await send_in_turn(full, requests)

    for response in refused:
        require_overloaded(response)
    assert [response.json()["instance"] for response in refused] == [
        *("/api/v1/things", "/api/v1/things/7", "/api/v1/things"),
    ]
    assert served.json()["path"] == "/next"
    assert parsed == [requests[0], NEXT]
    assert full.admission.refused == 3
    assert len({response.headers["x-request-id"] for response in refused}) == 3


async def test_a_body_of_the_known_length_is_not_parsed(
    full: BusyServer, parsed: list[bytes]
) -> None:
    requests = [patch(b"abc"), patch(b"def"), patch(b"ghij")]
    parsed.clear()
    *refused, _ = await send_in_turn(full, requests)
    assert len(refused) == 3
    assert parsed == [requests[0], requests[2], NEXT]


async def test_fields_of_more_than_two_kilobytes_are_not_kept(
    full: BusyServer, parsed: list[bytes]
) -> None:
    large = send(b"GET", b"Cookie: " + b"a" * MAX_SECTION_BYTES + b"\r\n")
    parsed.clear()
    await send_in_turn(full, [large, large])
    assert parsed == [large, large, NEXT]


@pytest.mark.parametrize("first", range(len(REQUESTS)))
async def test_a_refusal_does_not_depend_on_earlier_requests(full: BusyServer, first: int) -> None:
    for second in REQUESTS:
        alone = await send_in_turn(full, [second])
        after = await send_in_turn(full, [REQUESTS[first], REQUESTS[first], second])
        essence = [_essence(response) for response in alone]
        assert [_essence(response) for response in after[-len(alone) :]] == essence


def _essence(response: RawResponse) -> tuple[object, ...]:
    """Return what is the same whenever a request is sent."""
    identifier = response.headers.get("x-request-id", "")
    return (
        response.status,
        identifier if identifier == "abc.7" else bool(identifier),
        response.body.replace(identifier.encode(), b"") if identifier else response.body,
        response.headers.get("connection"),
    )


@pytest.mark.parametrize("case", CORPUS.values(), ids=CORPUS)
async def test_what_follows_an_unparsed_request_is_parsed_as_ever(
    full: BusyServer, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RequestKinds, "is_for_api", lambda _, __: True)
    alone = await exchange(full.echo.port, [case.raw + NEXT])
    async with open_connection(full.echo.port) as (reader, writer):
        for _ in range(2):
            writer.write(send(b"GET"))
            assert b" 503 " in await reader.readuntil(b"}")
        writer.write(case.raw + NEXT)
        after = parse_responses(await reader.read())

    assert [response.status for response in after] == [response.status for response in alone]


async def test_the_end_of_a_body_and_a_request_are_not_taken_for_one_request(
    full: BusyServer,
) -> None:
    """The body looks like the beginning of a request that goes on with the one after it."""
    body = b"POST /api/x HTTP/1.1\r\nTransfer-Encoding: chunked\r\nX: "
    request = send(b"POST", b"Content-Length: 5\r\n", body=b"0\r\n\r\n")
    async with open_connection(full.echo.port) as (reader, writer):
        for piece in (send(b"PATCH", b"Content-Length: %d\r\n" % len(body)), body + request):
            writer.write(piece)
            assert b" 503 " in await reader.readuntil(b"}")
        # A length and chunks.
        writer.write(body + request)
        (response,) = parse_responses(await reader.read())
    assert response.status == 400


async def test_a_request_in_two_parts_is_parsed(full: BusyServer) -> None:
    raw = patch(b"abc")
    for cut in range(1, len(raw)):
        async with open_connection(full.echo.port) as (reader, writer):
            for _ in range(2):
                writer.write(raw)
                assert b" 503 " in await reader.readuntil(b"}")
            for piece in (raw[:cut], raw[cut:] + NEXT):
                writer.write(piece)
                await asyncio.sleep(0.002)
            refused, served = parse_responses(await reader.read())
        require_overloaded(refused)
        assert served.json()["path"] == "/next"


# requests that are not refused


async def test_a_request_with_known_fields_is_served_when_the_process_may_run_it(
    full: BusyServer,
) -> None:
    async with open_connection(full.echo.port) as (reader, writer):
        writer.write(send(b"GET"))
        assert b" 503 " in await reader.readuntil(b"}")
        full.admission.limit.value = 2
        writer.write(send(b"GET"))
        assert b" 200 " in await reader.readuntil(b"}")


async def test_a_request_with_known_fields_may_wait(
    full: BusyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_connection(full.echo.port) as (reader, writer):
        writer.write(send(b"GET"))
        assert b" 503 " in await reader.readuntil(b"}")
        monkeypatch.setattr(full.admission, "has_place", lambda _client, *, is_write: not is_write)
        writer.write(send(b"DELETE"))
        assert b" 503 " in await reader.readuntil(b"}")
        writer.write(send(b"GET"))
        full.echo.app.release.set()
        assert b" 200 " in await reader.readuntil(b"}")


async def test_requests_with_known_fields_that_need_no_dependency_pass(full: BusyServer) -> None:
    full.cache.keys.add(response_key("", "/api/v1/things/7", b"a=1"))
    targets = [API, API + b"/7?a=1", b"/health/live", API + b"/7?a=2"]
    responses = await send_in_turn(full, [send(b"GET", target=target) for target in targets])
    assert [response.status for response in responses] == [503, 200, 200, 503, 200]


async def test_a_stopping_server_closes_after_the_refusal(full: BusyServer) -> None:
    async with open_connection(full.echo.port) as (reader, writer):
        for _ in range(2):
            writer.write(send(b"GET"))
            assert b" 503 " in await reader.readuntil(b"}")
        for connection in full.echo.connections:
            connection.shutdown()
        await asyncio.sleep(0)
        writer.write(send(b"GET"))
        assert b"connection: close" in await reader.read()
