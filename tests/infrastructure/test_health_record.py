import logging

import pytest

from app.infrastructure.health import HealthRecord

logger = logging.getLogger("tests.health")


@pytest.fixture
def record(caplog: pytest.LogCaptureFixture) -> HealthRecord:
    caplog.set_level(logging.INFO, logger.name)
    return HealthRecord("Redis", logger)


def test_a_dependency_is_unavailable_before_its_first_check(record: HealthRecord) -> None:
    assert not record.is_up
    assert record.result.status == "unavailable"
    assert record.result.checked_at is None


def test_one_line_is_logged_per_change(
    record: HealthRecord, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):
        record.record_success(seconds=0.001)
    for _ in range(2):
        record.record_failure("TimeoutError", seconds=0.1)

    assert caplog.messages == ["Redis is healthy", "Redis is unavailable (TimeoutError)"]
    assert record.changes == 2
    assert not record.is_up
    assert record.result.latency_ms == 100


def test_a_fault_degrades_until_it_is_gone(
    record: HealthRecord, caplog: pytest.LogCaptureFixture
) -> None:
    record.record_success(seconds=0)
    for _ in range(2):
        record.record_success(seconds=0, strain="3 failed", fault="its disk is full")
        assert (record.is_up, record.result.status) == (True, "degraded")
        assert record.result.detail == "its disk is full"
    record.record_success(seconds=0)

    assert record.result.status == "healthy"
    assert [line.split(" is ", 1)[1] for line in caplog.messages] == [
        "healthy",
        "failing (its disk is full)",
        "healthy",
    ]


def test_failed_requests_despite_successful_probes_are_logged_but_not_after_an_outage(
    record: HealthRecord, caplog: pytest.LogCaptureFixture
) -> None:
    record.record_success(seconds=0, strain="3 failed")
    record.record_failure("OSError", seconds=0)
    record.record_success(seconds=0, strain="4 failed")

    assert [line.split(" is ")[1] for line in caplog.messages] == [
        "strained (3 failed)",
        "unavailable (OSError)",
        "healthy",
    ]
    assert record.is_up
