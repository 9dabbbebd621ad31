"""METRICS_PORT: what it serves, and who has it."""

import logging
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import gettempdir

import httpx
import pytest

from app.config.settings import Settings
from app.infrastructure.metrics import serving, worker_group
from app.infrastructure.metrics.opening import OpenMetrics, open_metrics
from app.infrastructure.metrics.serving import serve_metrics
from app.ports.metrics import Metrics
from devtools.ports import LOOPBACK, free_port
from tests.support.scraping import metrics_client, read_metrics
from tests.support.settings_and_clients import make_settings
from tests.support.waiting import eventually

READY = {"status": "ready"}


@pytest.fixture(autouse=True)
def _short_periods(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "RETRY_SECONDS", 0.01)
    monkeypatch.setattr(serving, "SAMPLE_SECONDS", 0.01)


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def settings(tmp_path: Path, port: int) -> Settings:
    return make_settings("postgresql://u:p@localhost/d", "http://auth", tmp_path, metrics_port=port)


@pytest.fixture
def report() -> dict[str, str]:
    """The readiness of the process, to be changed by a test."""
    return dict(READY)


@pytest.fixture
async def opened(settings: Settings, report: dict[str, str]) -> AsyncIterator[OpenMetrics]:
    with open_metrics(settings, process="relay") as opened:
        async with serve_metrics(settings, opened, readiness=lambda: report):
            yield opened


@pytest.fixture
def metrics(opened: OpenMetrics) -> Metrics:
    return opened.metrics


@pytest.fixture
async def client(port: int, opened: OpenMetrics) -> AsyncIterator[httpx.AsyncClient]:  # noqa: ARG001
    async with metrics_client(port) as client:
        await eventually(lambda: _is_served(client))
        yield client


async def test_metrics_are_served_in_the_format_of_prometheus(
    client: httpx.AsyncClient, metrics: Metrics
) -> None:
    metrics.increment("auth_verdicts_total", outcome="accepted")

    response = await client.get("/metrics")

    assert response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    await eventually(lambda: _has(client, 'auth_verdicts_total{outcome="accepted"}', 1))


async def test_the_process_itself_is_measured(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    found = await read_metrics(client)

    [build] = [name for name in found if name.startswith("build_info")]
    assert 'process="relay"' in build
    assert f'service="{settings.service_name}"' in build
    assert found["worker_processes"] == 1
    assert found["process_start_time_seconds"] > 1e9
    assert found["process_cpu_seconds_total"] > 0
    assert found["process_resident_memory_bytes"] > 10e6
    assert 0 < found["process_open_fds"] < found["process_max_fds"]


async def test_gauges_are_sampled_without_a_reading(
    metrics: Metrics,
) -> None:
    calls: list[int] = []
    metrics.add_sampler(lambda: calls.append(1))

    await eventually(lambda: len(calls) >= 3)


async def test_live_and_ready_are_served(client: httpx.AsyncClient, report: dict[str, str]) -> None:
    live, ready = await client.get("/health/live"), await client.get("/health/ready")
    assert (live.status_code, live.json()) == (200, {"status": "alive"})
    assert (ready.status_code, ready.json()) == (200, READY)

    report["status"] = "unavailable"

    assert (await client.get("/health/live")).status_code == 200
    ready = await client.get("/health/ready")
    assert (ready.status_code, ready.json()) == (503, {"status": "unavailable"})


async def test_the_page_for_people_shows_what_happened_since_it_was_last_shown(
    client: httpx.AsyncClient, metrics: Metrics
) -> None:
    assert (await client.get("/")).headers["content-type"] == "text/html; charset=utf-8"
    labels = {"http_request_method": "GET", "http_route": "/<b>"}
    requests = "http_server_request_duration_seconds"
    metrics.observe(requests, 0.1, http_response_status_code="200", **labels)
    metrics.observe(requests, 0.1, http_response_status_code="500", **labels)

    async def shows_requests() -> bool:
        page = (await client.get("/")).text
        return "<td>GET /&lt;b&gt;</td>" in page and "<td>50.0%</td>" in page

    await eventually(shows_requests)


async def test_a_flood_of_readings_is_served_with_the_same_text(
    client: httpx.AsyncClient, metrics: Metrics, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "PAUSE_FACTOR", 1e9)
    metrics.increment("auth_verdicts_total", outcome="accepted")
    await eventually(lambda: _has(client, 'auth_verdicts_total{outcome="accepted"}', 1))

    metrics.increment("auth_verdicts_total", outcome="accepted")

    assert (await read_metrics(client))['auth_verdicts_total{outcome="accepted"}'] == 1


async def test_a_port_of_another_process_is_reported_once_and_taken_when_it_is_free(
    settings: Settings, port: int, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server((LOOPBACK, port)) as other:
        async with AsyncExitStack() as stack:
            opened = stack.enter_context(open_metrics(settings, process="api"))
            server = await stack.enter_async_context(
                serve_metrics(settings, opened, readiness=lambda: READY)
            )
            await eventually(lambda: f"METRICS_PORT {port}" in caplog.text)
            assert not server.socket_inodes()
            # It is tried again and again until then.
            other.close()
            await eventually(lambda: bool(server.socket_inodes()))

    [line] = [each.message for each in caplog.records if each.levelno == logging.ERROR]
    assert line == (
        f"Metrics are not served: METRICS_PORT {port} on 127.0.0.1 is in use by another process;"
        " retrying each second"
    )


async def test_an_address_of_another_machine_is_reported(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    elsewhere = settings.model_copy(update={"metrics_host": "192.0.2.1"})
    with open_metrics(elsewhere, process="api") as opened:
        async with serve_metrics(elsewhere, opened, readiness=lambda: READY):
            await eventually(lambda: "Metrics are not served" in caplog.text)


async def test_without_a_port_nothing_is_counted_or_served(settings: Settings) -> None:
    before = _directories()
    off = settings.model_copy(update={"metrics_port": None})
    with open_metrics(off, process="api") as opened:
        async with serve_metrics(off, opened, readiness=lambda: READY) as server:
            opened.metrics.increment("auth_verdicts_total", outcome="accepted")

            assert not server.socket_inodes()
            assert _directories() == before


async def test_without_a_directory_each_worker_has_its_metrics_for_itself(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, port: int
) -> None:
    monkeypatch.setattr(worker_group, "gettempdir", lambda: str(tmp_path / "missing"))
    with open_metrics(settings, process="api") as opened:
        async with (
            serve_metrics(settings, opened, readiness=lambda: READY),
            metrics_client(port) as client,
        ):
            await eventually(lambda: _is_served(client))
            assert (await read_metrics(client))["worker_processes"] == 1


async def _is_served(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/health/live")).status_code == 200
    except httpx.TransportError:
        return False


async def _has(client: httpx.AsyncClient, name: str, value: float) -> bool:
    return (await read_metrics(client)).get(name) == value


def _directories() -> list[Path]:
    return sorted(Path(gettempdir()).glob("*.metrics"))
