"""A process that can serve no more requests."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest

from app.exceptions.shared.security_exceptions import InvalidTokenError
from app.infrastructure.admission.admission import Admission
from app.infrastructure.cache.response_key import ResponseKey
from app.infrastructure.lifecycle import Lifecycle
from tests.infrastructure.http_protocol.conftest import EchoServer, Serve, make_request_metrics
from tests.infrastructure.http_protocol.corpus import HOST, NEXT, get
from tests.support.clock import Clock
from tests.support.problems import MEMBERS
from tests.support.raw_http import RawResponse, open_connection, parse_responses
from tests.support.recording_metrics import RecordingMetrics
from tests.support.waiting import eventually

CLOSE = b"Connection: close\r\n"
API = b"/api/v1/things"


class FullAdmission(Admission):
    """No request may wait."""

    def has_place(self, client: object, *, is_write: bool) -> bool:  # noqa: ARG002
        return False


@dataclass
class FakeCache:
    keys: set[ResponseKey] = field(default_factory=set)

    def contains(self, key: object) -> bool:
        return key in self.keys


class FewTokens:
    """Knows the tokens that were verified; has no key for any token."""

    verified = ("known",)

    def read_subject(self, token: str) -> str:  # noqa: ARG002
        raise InvalidTokenError

    def verify_cached(self, token: str) -> object | None:
        return token if token in self.verified else None


@dataclass(frozen=True)
class BusyServer:
    echo: EchoServer
    admission: Admission
    cache: FakeCache
    clock: Clock
    metrics: RecordingMetrics


def make_busy_resources(
    admission: Admission,
    cache: FakeCache | None = None,
    metrics: RecordingMetrics | None = None,
) -> SimpleNamespace:
    return SimpleNamespace(
        requests=make_request_metrics(metrics or RecordingMetrics()),
        admission=admission,
        response_cache=cache or FakeCache(),
        tokens=FewTokens(),
        settings=SimpleNamespace(trusted_proxies=[]),
        lifecycle=Lifecycle(),
    )


@asynccontextmanager
async def serve_busy(serve: Serve, kind: type[Admission]) -> AsyncIterator[BusyServer]:
    """Serve while one request runs and no other may."""
    clock = Clock()
    admission, cache = kind(start_limit=1, clock=clock), FakeCache()
    admission.limit.value = 1
    metrics = RecordingMetrics()
    resources = make_busy_resources(admission, cache, metrics)
    echo: EchoServer = await serve(resources=resources)
    async with open_connection(echo.port) as (reader, writer):
        writer.write(get(CLOSE, target=b"/api/slow"))
        await eventually(lambda: admission.running == 1)
        yield BusyServer(echo, admission, cache, clock, metrics)
        echo.app.release.set()
        assert b" 200 " in await reader.readline()


@pytest.fixture
async def full(serve: Serve) -> AsyncIterator[BusyServer]:
    async with serve_busy(serve, FullAdmission) as server:
        yield server


@pytest.fixture
async def busy(serve: Serve) -> AsyncIterator[BusyServer]:
    async with serve_busy(serve, Admission) as server:
        yield server


def send(method: bytes, *lines: bytes, body: bytes = b"", target: bytes = API) -> bytes:
    return method + b" " + target + b" HTTP/1.1\r\n" + HOST + b"".join(lines) + b"\r\n" + body


def patch(body: bytes, *lines: bytes) -> bytes:
    return send(b"PATCH", b"Content-Length: %d\r\n" % len(body), *lines, body=body)


# Of one connection, in any order.
REQUESTS = [
    send(b"GET"),
    send(b"GET", target=API + b"/7?q=a&b=%20"),
    send(b"GET", target=b"/api/%22%0d%0a%ff'"),
    send(b"GET", b"Authorization: Bearer x\r\n"),
    send(b"GET", b"X-Request-ID: abc.7\r\n"),
    send(b"GET", b"X-Forwarded-For: 1.2.3.4\r\n"),
    send(b"HEAD"),
    send(b"OPTIONS"),
    send(b"DELETE"),
    patch(b"abc"),
    patch(b"abcdef"),
    patch(b"GET /api/hidden HTTP/1.1\r\nHost: a\r\n\r\n"),
    send(b"GET", target=b"http://b/api/v1/things"),
    send(b"GET", b"Connection: Upgrade\r\nUpgrade: h2c\r\n"),
    b"\r\n" + send(b"GET"),
]


async def send_in_turn(full: BusyServer, requests: list[bytes]) -> list[RawResponse]:
    """Send each when the response to the one before it has come, and NEXT at the end."""
    received = b""
    async with open_connection(full.echo.port) as (reader, writer):
        for request in requests:
            writer.write(request)
            # The last field of a refusal is its length.
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].split()[0])
            if request.startswith(b"HEAD"):
                head = head.replace(b"content-length: %d" % length, b"content-length: 0")
                length = 0
            received += head + await reader.readexactly(length)
        writer.write(NEXT)
        return parse_responses(received + await reader.read())


def require_overloaded(response: RawResponse) -> None:
    document = response.json()
    assert response.status == document["status"] == 503
    assert document.keys() == MEMBERS
    assert document["code"] == "overloaded"
    assert document["type"].endswith("/problems/overloaded")
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["retry-after"] == "1"
    assert response.headers["x-request-id"] == document["request_id"]
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["cache-control"] == "no-store"
