"""A client that sends its whole body before it reads gets the refusal, not a reset connection."""

import socket
import time
from collections.abc import Iterable, Iterator

import pytest

from devtools.ports import LOOPBACK
from tests.support.raw_http import RawResponse, parse_responses
from tests.support.server import MakeServer, Server
from tests.support.settings_and_clients import Tokens
from tests.widgets.factories import WIDGETS

PROTOCOL = ("--http", "app.infrastructure.http_protocol:BoundedHttpProtocol", "--ws", "none")
LARGE = b" " * 6_000_000
CHUNKS = b"".join(b"%x\r\n%b\r\n" % (60_000, b" " * 60_000) for _ in range(100)) + b"0\r\n\r\n"


@pytest.fixture
def server(make_server: MakeServer) -> Iterator[Server]:
    with make_server(*PROTOCOL, request_timeout_seconds=1) as server:
        yield server


def _upload(server: Server, token: str, fields: list[str], parts: Iterable[bytes]) -> RawResponse:
    lines = [
        f"POST {WIDGETS} HTTP/1.1",
        "Host: a",
        f"Authorization: Bearer {token}",
        "Content-Type: application/json",
        *fields,
    ]
    received = b""
    with socket.create_connection((LOOPBACK, server.port), timeout=20) as client:
        client.sendall("\r\n".join([*lines, "", ""]).encode())
        for part in parts:
            client.sendall(part)
        while data := client.recv(65_536):
            received += data
    (response,) = parse_responses(received)
    return response


@pytest.mark.parametrize(
    ("fields", "body", "status", "code"),
    [
        ([f"Content-Length: {len(LARGE)}"], LARGE, 413, "request_too_large"),
        (["Transfer-Encoding: chunked"], CHUNKS, 413, "request_too_large"),
        (
            ["Content-Encoding: gzip", "Connection: close", f"Content-Length: {len(LARGE)}"],
            LARGE,
            415,
            "unsupported_content_coding",
        ),
    ],
    ids=["a length", "chunks", "a coding"],
)
def test_a_refused_upload_gets_its_problem_document(
    server: Server, tokens: Tokens, fields: list[str], body: bytes, status: int, code: str
) -> None:
    for _ in range(3):
        refused = _upload(server, tokens.admin, fields, [body])
        assert (refused.status, refused.json()["code"]) == (status, code)
        assert refused.headers["connection"] == "close"


def test_a_body_that_arrives_after_its_time_gets_a_problem_document(
    server: Server, tokens: Tokens
) -> None:
    def parts() -> Iterator[bytes]:
        yield b"1\r\n{\r\n"
        time.sleep(2)
        yield CHUNKS

    refused = _upload(server, tokens.admin, ["Transfer-Encoding: chunked"], parts())

    assert (refused.status, refused.json()["code"]) == (408, "request_timeout")
