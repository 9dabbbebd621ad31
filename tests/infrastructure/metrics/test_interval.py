"""Rates, shares and quantiles between two readings."""

import pytest

from app.infrastructure.metrics.collector import Collector
from app.infrastructure.metrics.interval import Interval
from app.infrastructure.metrics.memory import MetricMemory
from app.infrastructure.metrics.overview_page import OverviewPage
from app.infrastructure.metrics.process_metrics import ProcessMetrics
from app.infrastructure.metrics.records import Records
from app.infrastructure.metrics.slots import NoSlots

REQUESTS = "http_server_request_duration_seconds"


def _request(
    metrics: ProcessMetrics, seconds: float, *, route: str = "/a", status: str = "200"
) -> None:
    metrics.observe(
        REQUESTS,
        seconds,
        http_request_method="GET",
        http_route=route,
        http_response_status_code=status,
    )


@pytest.fixture
def interval(metrics: ProcessMetrics, collector: Collector) -> Interval:
    """Two seconds: three fast requests of /a, one of them failed, and one slow request of /b."""
    _request(metrics, 0.3)
    metrics.set_gauge("admission_limit", 5)
    earlier = collector.collect()
    _request(metrics, 0.003)
    _request(metrics, 0.003)
    _request(metrics, 0.003, status="503")
    _request(metrics, 7, route="/b")
    metrics.set_gauge("admission_limit", 8)
    return Interval(earlier, collector.collect(), seconds=2)


def test_a_rate_counts_what_came_in_between(interval: Interval) -> None:
    assert interval.rate(REQUESTS) == 2
    assert interval.rate(REQUESTS, http_route="/a") == 1.5
    assert interval.rate(REQUESTS, http_route="/c") == 0
    assert interval.rate("auth_verdicts_total") == 0


def test_a_share_is_a_part_of_what_was_counted(interval: Interval) -> None:
    failed = {"http_response_status_code": "5*"}
    assert interval.share(REQUESTS, failed) == 0.25
    assert interval.share(REQUESTS, failed, http_route="/b") == 0
    assert interval.share(REQUESTS, failed, http_route="/c") is None


def test_a_quantile_is_interpolated_in_its_bucket(interval: Interval) -> None:
    # Three values lie between 0.0025 and 0.005, one between 5 and 10.
    assert interval.quantile(REQUESTS, 0.5) == pytest.approx(0.0025 + 0.0025 * 2 / 3)
    assert interval.quantile(REQUESTS, 0.99) == pytest.approx(5 + 5 * 0.96)
    assert interval.quantile(REQUESTS, 0.5, http_route="/c") is None


def test_a_quantile_beyond_the_last_bucket_is_its_bound(
    metrics: ProcessMetrics, collector: Collector
) -> None:
    earlier = collector.collect()
    _request(metrics, 60)

    interval = Interval(earlier, collector.collect(), seconds=1)

    assert interval.quantile(REQUESTS, 0.5) == 10


def test_a_restarted_process_counts_from_zero(
    metrics: ProcessMetrics, collector: Collector
) -> None:
    for seconds in (0.003, 0.003, 0.003, 7):
        _request(metrics, seconds)
    metrics.increment("auth_verdicts_total", 5, outcome="accepted")
    restarted = ProcessMetrics(Records(memory := MetricMemory.private()))
    _request(restarted, 0.3)
    _request(restarted, 0.003)
    restarted.increment("auth_verdicts_total", 3, outcome="accepted")
    later = Collector(metrics=restarted, memory=memory, slots=NoSlots())

    interval = Interval(collector.collect(), later.collect(), seconds=2)

    assert interval.rate(REQUESTS) == 1
    assert interval.rate("auth_verdicts_total") == 1.5
    assert interval.quantile(REQUESTS, 0.99) == pytest.approx(0.25 + 0.25 * 0.98)


def test_a_gauge_is_its_newest_value(interval: Interval) -> None:
    assert interval.gauge("admission_limit") == 8
    assert interval.gauge("requests_running") is None


def test_labels_are_sorted_by_their_counts(interval: Interval) -> None:
    found = interval.labels(REQUESTS, "http_request_method", "http_route")
    assert found == [("GET", "/a"), ("GET", "/b")]


def test_the_page_compares_with_a_reading_of_some_seconds_ago(
    metrics: ProcessMetrics, collector: Collector
) -> None:
    page = OverviewPage(title="Orders")
    page.render(collector.collect(), now=100)
    _request(metrics, 0.003)
    assert "in the last 2 s" in page.render(collector.collect(), now=102)
    assert "in the last 6 s" in page.render(collector.collect(), now=106)
    assert "GET /a" in page.render(collector.collect(), now=107)
    assert "in the last 8 s" in page.render(collector.collect(), now=108)
    # From the reading at 106 on, in which the request was included.
    text = page.render(collector.collect(), now=111)
    assert "in the last 5 s" in text
    assert "GET /a" not in text
