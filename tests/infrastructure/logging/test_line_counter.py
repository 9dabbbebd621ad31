import logging
from pathlib import Path

import pytest

from app.infrastructure.logging.json_lines_log import JsonLinesLog
from app.infrastructure.logging.line_counter import LineCounter
from app.infrastructure.metrics.samples import sample_lost_lines
from tests.support.recording_metrics import RecordingMetrics


@pytest.fixture
def metrics() -> RecordingMetrics:
    return RecordingMetrics()


def test_lines_are_counted_by_level(metrics: RecordingMetrics) -> None:
    logger, counter = logging.getLogger("counted"), LineCounter(metrics)
    logger.setLevel(logging.INFO)
    logger.addHandler(counter)

    logger.debug("not logged")
    logger.info("one")
    logger.warning("two")
    logger.warning("three")
    logger.log(37, "a level of a library")
    logger.removeHandler(counter)

    assert metrics.counts == {
        ("log_lines_total", "INFO"): 1,
        ("log_lines_total", "WARNING"): 2,
        ("log_lines_total", "_OTHER"): 1,
    }


def test_lines_that_are_lost_are_counted_once(metrics: RecordingMetrics, tmp_path: Path) -> None:
    directory = tmp_path / "logs"
    directory.touch()
    audit, error = JsonLinesLog(str(directory / "audit.log")), JsonLinesLog(str(tmp_path / "e.log"))
    sample_lost_lines(metrics, audit, error)
    for _ in range(3):
        audit.write({"lost": True})
    error.write({"lost": False})
    metrics.sample()
    directory.unlink()
    audit.write({"lost": False})
    metrics.sample()

    assert metrics.counts == {("log_lines_lost_total",): 3}
    audit.close()
    error.close()
