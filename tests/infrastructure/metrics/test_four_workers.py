"""Any of four real workers serves the metrics of all, also when one is killed."""

import asyncio
import os
import re
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from devtools.ports import free_port
from tests.support.scraping import metrics_client, read_metrics
from tests.support.server import MakeServer, Server
from tests.support.waiting import eventually
from tests.widgets.factories import WIDGETS

PROTOCOL = "app.infrastructure.http_protocol:BoundedHttpProtocol"
REQUESTS = "http_server_request_duration_seconds"
CLIENTS = 16
REQUESTS_OF_CLIENT = 40
# With the statuses 200, 401, 404 and 405.
MIXED = (
    ("GET", "/health/live"),
    ("GET", WIDGETS),
    ("GET", "/no-such-path?\xff"),
    ("BREW", "/health/live"),
)
COUNTED = 'requests_refused_total{reason="counted"}'


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def served(make_server: MakeServer, port: int) -> Iterator[Server]:
    application = "tests.support.counting_service:app"
    with make_server(workers=4, application=application, metrics_port=port) as server:
        yield server


async def test_no_count_is_lost_when_the_worker_that_serves_the_metrics_is_killed(
    served: Server, port: int, tmp_path: Path
) -> None:
    async with metrics_client(port) as metrics:
        await eventually(lambda: _worker_count_is(metrics, 4))
        await _count(served, 100)
        assert (await read_metrics(metrics))[COUNTED] == 100
        [listening] = [pid for pid in served.workers if _listens(pid, port)]

        os.kill(listening, signal.SIGKILL)

        await eventually(lambda: len(set(served.workers) - {listening}) == 4)
        await eventually(lambda: _worker_count_is(metrics, 4))
        assert (await read_metrics(metrics))[COUNTED] == 100
        await _count(served, 100)
        found = await read_metrics(metrics)
        assert found[COUNTED] == found["message_handling_seconds_count"] == 200
        assert _count_files(tmp_path, "*.metrics/*.slot") == 4, "the successor has taken the slot"

    served.stop()
    assert _count_files(tmp_path, "*.metrics") == 0


async def test_each_response_is_counted_once_while_a_worker_is_killed(
    make_server: MakeServer, port: int
) -> None:
    with make_server("--http", PROTOCOL, workers=4, metrics_port=port) as server:
        async with metrics_client(port) as metrics:
            await eventually(lambda: _worker_count_is(metrics, 4))
            before = await _responses(metrics)
            received, failed = await _send_mixed(server)
            assert failed == 0
            await _eventually_counted(metrics, before, received)

            before = await _responses(metrics)
            killed = server.workers[0]
            sending = asyncio.create_task(_send_mixed(server))
            await eventually(lambda: _has_grown(metrics, before))
            os.kill(killed, signal.SIGKILL)
            received, failed = await sending
            assert failed <= CLIENTS, "more is lost than what the killed worker had"
            await eventually(lambda: len(set(server.workers) - {killed}) == 4)
            await eventually(lambda: _worker_count_is(metrics, 4))
            counted = (await _responses(metrics) - before).total()
            # It may be killed between a response and its count, or between a count and the client.
            assert received.total() - CLIENTS <= counted <= received.total() + failed

            before = await _responses(metrics)
            received, failed = await _send_mixed(server)
            assert failed == 0
            await _eventually_counted(metrics, before, received)


async def _send_mixed(server: Server) -> tuple[Counter[str], int]:
    """Return the responses by status, and the number of requests without one."""
    received: Counter[str] = Counter()

    async def send() -> int:
        failed = 0
        for number in range(REQUESTS_OF_CLIENT):
            method, path = MIXED[number % len(MIXED)]
            try:
                response = await client.request(method, path)
            except httpx.TransportError:
                failed += 1
            else:
                received[str(response.status_code)] += 1
        return failed

    async with server.async_client() as client:
        failures = await asyncio.gather(*(send() for _ in range(CLIENTS)))
    return received, sum(failures)


async def _responses(metrics: httpx.AsyncClient) -> Counter[str]:
    """Return the counted responses by status."""
    found: Counter[str] = Counter()
    for name, value in (await read_metrics(metrics)).items():
        if name.startswith(f"{REQUESTS}_count"):
            [status] = re.findall(r'http_response_status_code="(\d*)"', name)
            found[status] += int(value)
    return found


async def _eventually_counted(
    metrics: httpx.AsyncClient, before: Counter[str], received: Counter[str]
) -> None:
    async def is_equal() -> bool:
        return await _responses(metrics) - before == received

    try:
        await eventually(is_equal, seconds=5)
    except TimeoutError:
        assert await _responses(metrics) - before == received


async def _has_grown(metrics: httpx.AsyncClient, before: Counter[str]) -> bool:
    return (await _responses(metrics) - before).total() > CLIENTS


async def _count(server: Server, requests: int) -> None:
    """Send requests, each on a connection of its own, so that all workers receive some."""

    async def send() -> None:
        async with server.async_client() as client:
            (await client.post("/count")).raise_for_status()

    for _ in range(requests // 10):
        await asyncio.gather(*(send() for _ in range(10)))


async def _worker_count_is(metrics: httpx.AsyncClient, count: int) -> bool:
    try:
        return (await read_metrics(metrics))["worker_processes"] == count
    except httpx.TransportError:
        return False


def _count_files(directory: Path, pattern: str) -> int:
    return len(list(directory.glob(pattern)))


def _listens(pid: int, port: int) -> bool:
    rows = [line.split() for line in Path(f"/proc/{pid}/net/tcp").read_text().splitlines()]
    inodes = {row[9] for row in rows if row[1].endswith(f":{port:04X}") and row[3] == "0A"}
    links = [str(each.readlink()) for each in Path(f"/proc/{pid}/fd").iterdir()]
    return any(f"socket:[{inode}]" in links for inode in inodes)
