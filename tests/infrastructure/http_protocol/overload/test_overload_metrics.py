"""Refusals of a busy process are responses too."""

import asyncio

import pytest

from app.infrastructure.admission.waiting_line import MAX_WAIT_SECONDS
from tests.infrastructure.http_protocol.corpus import NEXT
from tests.infrastructure.http_protocol.overload.conftest import BusyServer, patch, send
from tests.support.raw_http import exchange
from tests.support.waiting import eventually

DURATION = "http_server_request_duration_seconds"


async def test_requests_that_are_refused_at_once_are_counted(full: BusyServer) -> None:
    raw = send(b"GET") + patch(b'{"a": 1}') + send(b"GET", target=b"/api/x?q=1") + NEXT
    statuses = [each.status for each in await exchange(full.echo.port, [raw])]
    assert statuses == [503, 503, 503, 200]
    assert {labels: len(values) for labels, values in full.metrics.values.items()} == {
        (DURATION, "GET", "", "503"): 2,
        (DURATION, "PATCH", "", "503"): 1,
    }


@pytest.mark.parametrize(
    "lines", [b"Content-Length: 1000000\r\n", b"Transfer-Encoding: chunked\r\n"]
)
async def test_a_refusal_that_closes_the_connection_is_counted_once(
    full: BusyServer, lines: bytes
) -> None:
    (response,) = await exchange(full.echo.port, [send(b"POST", lines)])
    assert response.status == 503
    assert [len(values) for values in full.metrics.values.values()] == [1]
    assert full.admission.refused == 1
    # Those of the admission are counted together, once a second.
    assert not full.metrics.counts


async def test_a_request_that_waited_in_vain_is_counted_with_its_wait(busy: BusyServer) -> None:
    waiting = asyncio.create_task(exchange(busy.echo.port, [send(b"GET") + NEXT]))
    await eventually(lambda: busy.admission.waiting == 1)
    await asyncio.sleep(0.01)
    busy.clock.now += MAX_WAIT_SECONDS + 1
    busy.admission.end_interval(1)
    refused, _ = await waiting
    assert refused.status == 503
    ((labels, [seconds]),) = busy.metrics.values.items()
    assert labels == (DURATION, "GET", "", "503")
    assert seconds >= 0.01
