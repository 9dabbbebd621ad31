"""Requests that the application never sees are counted where they are refused."""

from types import SimpleNamespace

import pytest

from app.infrastructure.http_protocol import BoundedHttpProtocol
from app.infrastructure.http_protocol.connection_cap import ConnectionCap
from app.infrastructure.lifecycle import Lifecycle
from tests.infrastructure.http_protocol.conftest import EchoServer, Serve, make_request_metrics
from tests.infrastructure.http_protocol.corpus import NEXT, chunked, get
from tests.support.raw_http import exchange, open_connection
from tests.support.recording_metrics import RecordingMetrics
from tests.support.short_timeout_protocol import ShortTimeoutProtocol

DURATION, REFUSED = "http_server_request_duration_seconds", "requests_refused_total"


@pytest.fixture
def metrics() -> RecordingMetrics:
    return RecordingMetrics()


async def start(
    serve: Serve, metrics: RecordingMetrics, protocol: type[BoundedHttpProtocol]
) -> EchoServer:
    resources = SimpleNamespace(
        admission=None, requests=make_request_metrics(metrics), lifecycle=Lifecycle(), tokens=None
    )
    server: EchoServer = await serve(protocol=protocol, resources=resources)
    return server


@pytest.mark.parametrize(
    ("raw", "method", "status"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", "GET", 400),
        (b"DELETE / HTTP/3.0\r\nHost: a\r\n\r\n", "DELETE", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00", "_OTHER", 400),
        (b"HEAD / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n\r\n", "HEAD", 417),
        (b"MKCOL / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", "_OTHER", 501),
    ],
    ids=["no-host", "version", "tls", "expect", "coding"],
)
async def test_a_refusal_has_the_method_if_that_is_known(
    serve: Serve, metrics: RecordingMetrics, raw: bytes, method: str, status: int
) -> None:
    server = await start(serve, metrics, BoundedHttpProtocol)
    (response,) = await exchange(server.port, [raw])
    assert response.status == status
    assert metrics.values == {(DURATION, method, "", str(status)): [0.0]}
    assert metrics.counts == {(REFUSED, "parser"): 1}


async def test_the_method_of_an_earlier_request_is_not_used(
    serve: Serve, metrics: RecordingMetrics
) -> None:
    server = await start(serve, metrics, BoundedHttpProtocol)
    served, refused = await exchange(server.port, [get(), b"FOO / HTTP/1.1\r\n\r\n"])
    assert (served.status, refused.status) == (200, 400)
    assert metrics.values == {(DURATION, "_OTHER", "", "400"): [0.0]}


async def test_a_request_that_the_application_has_is_counted_by_it(
    serve: Serve, metrics: RecordingMetrics
) -> None:
    server = await start(serve, metrics, BoundedHttpProtocol)
    (response,) = await exchange(server.port, [chunked(b"1\r\na\r\nzz\r\n")])
    assert response.status == 400
    assert not metrics.values
    assert metrics.counts == {(REFUSED, "parser"): 1}


async def test_a_head_that_does_not_end_is_counted_as_slow(
    serve: Serve, metrics: RecordingMetrics
) -> None:
    server = await start(serve, metrics, ShortTimeoutProtocol)
    (response,) = await exchange(server.port, [b"GET / HTTP/1.1\r\nHo"])
    assert response.status == 408
    assert metrics.values == {(DURATION, "GET", "", "408"): [0.0]}
    assert metrics.counts == {(REFUSED, "slow"): 1}


class CappedProtocol(BoundedHttpProtocol):
    connection_cap = ConnectionCap(1)


async def test_a_connection_beyond_the_cap_is_counted(
    serve: Serve, metrics: RecordingMetrics
) -> None:
    CappedProtocol.connection_cap = ConnectionCap(1)
    server = await start(serve, metrics, CappedProtocol)
    async with open_connection(server.port) as (reader, writer):
        writer.write(get(target=b"/slow"))
        await writer.drain()
        (response,) = await exchange(server.port, [])
        assert response.status == 503
        assert metrics.values == {(DURATION, "_OTHER", "", "503"): [0.0]}
        assert metrics.counts == {(REFUSED, "connections"): 1}
        server.app.release.set()
        writer.write(NEXT)
        await reader.read()
