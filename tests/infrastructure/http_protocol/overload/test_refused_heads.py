"""Request IDs and `Connection: close` of responses to refused requests."""

import pytest

from tests.infrastructure.http_protocol.corpus import CHUNKED
from tests.infrastructure.http_protocol.overload.conftest import API, CLOSE, BusyServer, send
from tests.support.raw_http import exchange, open_connection

# So much is parsed at once.
PIECE_BYTES = 4096
IDENTIFIER = b"X-Request-ID: abc.7\r\n"


def _upload(identifier: bytes, *, target: bytes) -> bytes:
    fields = b"X-Request-ID: " + identifier + b"\r\n", b"Content-Length: 3000\r\n"
    return send(b"PATCH", *fields, body=b"x" * 3000, target=target)


async def test_fields_of_a_request_that_was_parsed_in_pieces_are_not_those_of_another(
    full: BusyServer,
) -> None:
    short = len(_upload(b"a", target=API + b"/"))
    target = API + b"/" + b"a" * (PIECE_BYTES - short)
    large, whole = _upload(b"first", target=target + b"a"), _upload(b"b", target=target)
    assert len(large) > len(whole) == PIECE_BYTES
    async with open_connection(full.echo.port) as (reader, writer):
        writer.write(large)
        assert b"first" in await reader.readuntil(b"}")
        full.admission.limit.value = 2
        writer.write(whole)
        assert b" 200 " in await reader.readuntil(b"]]}")
        full.admission.limit.value = 1
        writer.write(whole)
        assert b"x-request-id: b\r\n" in await reader.readuntil(b"}")


async def test_a_server_that_begins_to_stop_closes_after_the_refusal(full: BusyServer) -> None:
    async with open_connection(full.echo.port) as (reader, writer):
        for _ in range(2):
            writer.write(send(b"GET"))
            assert b" 503 " in await reader.readuntil(b"}")
        # As a stop signal does, before the server closes its connections.
        full.echo.app_state["resources"].lifecycle.is_draining = True
        writer.write(send(b"GET"))
        assert b"connection: close" in await reader.read()


@pytest.mark.parametrize(
    "request_",
    [
        send(b"GET", IDENTIFIER, CLOSE),
        send(b"POST", IDENTIFIER, CHUNKED, body=b"0\r\n\r\n"),
        send(b"POST", IDENTIFIER, CHUNKED, body=b"no length\r\n", target=b"/echo"),
        send(b"POST", IDENTIFIER, b"Expect: 100-continue\r\n", b"Content-Length: 3\r\n"),
        send(b"POST", IDENTIFIER, b"Expect: wonders\r\n"),
        send(b"GET", IDENTIFIER).replace(b"1.1", b"1.0", 1),
        send(b"GET", IDENTIFIER) * 2 + send(b"GET", IDENTIFIER, CLOSE),
    ],
)
async def test_a_refusal_that_closes_has_the_request_id_of_the_client(
    full: BusyServer, request_: bytes
) -> None:
    for response in await exchange(full.echo.port, [request_]):
        assert response.status >= 400
        assert response.headers["x-request-id"] == response.json()["request_id"] == "abc.7"


@pytest.mark.parametrize("refused", [send(b"GET", CLOSE), b"\0\r\n\r\n", b"GET\r\n\r\n"])
async def test_a_refusal_does_not_have_the_request_id_of_an_earlier_request(
    full: BusyServer, refused: bytes
) -> None:
    first, second = await exchange(full.echo.port, [send(b"GET", IDENTIFIER) + refused])
    assert first.headers["x-request-id"] == "abc.7" != second.headers["x-request-id"]
