import asyncio
import logging
from pathlib import Path

import pytest

from app.infrastructure.admission import opening
from app.infrastructure.admission.opening import open_admission
from tests.support.recording_metrics import RecordingMetrics
from tests.support.settings_and_clients import make_settings
from tests.support.waiting import eventually


@pytest.fixture(autouse=True)
def _short_periods(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "REPORT_SECONDS", 0.05)


async def test_refusals_are_counted_together_and_logged_in_one_line(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    metrics = RecordingMetrics()
    settings = make_settings("postgresql://u:p@localhost/d", "http://auth", tmp_path)
    async with open_admission(settings, metrics=metrics) as admission:
        for _ in range(1000):
            admission.refuse()
        await eventually(lambda: metrics.counts["requests_refused_total", "overload"] == 1000)
        assert metrics.gauges["admission_limit",] >= 1
        lines = [record for record in caplog.records if record.levelno == logging.WARNING]
        assert len(lines) == 1
        assert "1000" in lines[0].message


async def test_the_limit_starts_at_the_size_of_the_pool_and_returns_to_it(tmp_path: Path) -> None:
    settings = make_settings(
        "postgresql://u:p@localhost/d", "http://auth", tmp_path, database_pool_size=7
    )
    async with open_admission(settings, metrics=RecordingMetrics()) as admission:
        assert admission.limit.value == 7
        admission.limit.value = 100
        admission.refuse()
        await eventually(lambda: admission.limit.value == 7)


async def test_an_idle_process_does_not_wake_up(tmp_path: Path) -> None:
    settings = make_settings("postgresql://u:p@localhost/d", "http://auth", tmp_path)
    async with open_admission(settings, metrics=(metrics := RecordingMetrics())):
        await asyncio.sleep(0.2)
        assert not metrics.gauges


async def test_requests_in_the_line_are_measured_until_they_are_gone(tmp_path: Path) -> None:
    settings = make_settings(
        "postgresql://u:p@localhost/d", "http://auth", tmp_path, database_pool_size=4
    )
    async with open_admission(settings, metrics=RecordingMetrics()) as admission:
        admission.running = 1_000_000
        refused: list[int] = []
        admission.wait("a", is_write=False, run=lambda: None, refuse=lambda: refused.append(1))
        # Nothing ends, so the request is refused after its longest wait.
        await eventually(lambda: refused == [1])
        assert admission.waiting == 0
