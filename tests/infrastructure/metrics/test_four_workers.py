"""Any of four real workers serves the metrics of all, also when one is killed."""

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from devtools.ports import free_port
from tests.support.scraping import metrics_client, read_metrics
from tests.support.server import MakeServer, Server
from tests.support.waiting import eventually

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
