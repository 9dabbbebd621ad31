"""The text that Prometheus reads."""

import shutil
import subprocess
from math import inf, nan

import pytest
from prometheus_client.parser import text_string_to_metric_families

from app.infrastructure.metrics.catalogue import METRICS
from app.infrastructure.metrics.collector import Collector
from app.infrastructure.metrics.definition import Metric
from app.infrastructure.metrics.exposition import expose
from app.infrastructure.metrics.process_metrics import ProcessMetrics
from tests.support.scraping import parse_metrics
from tests.support.settings_and_clients import skip_or_fail

AWKWARD = ["", "a\\b", 'a"b', "a\nb", "\\n", "ä€😀", "{a=1}", "a,b", "\x00\x7f"]


def test_a_counter_is_exposed_with_its_help_and_type(
    metrics: ProcessMetrics, collector: Collector
) -> None:
    metrics.increment("auth_verdicts_total", 2, outcome="accepted")
    metrics.increment("auth_verdicts_total", outcome="refused")

    lines = expose(collector.collect()).decode().splitlines()

    start = lines.index("# HELP auth_verdicts_total Verdicts about bearer tokens.")
    assert lines[start + 1 : start + 4] == [
        "# TYPE auth_verdicts_total counter",
        'auth_verdicts_total{outcome="accepted"} 2',
        'auth_verdicts_total{outcome="refused"} 1',
    ]


def test_buckets_are_cumulative_and_include_their_bound(
    metrics: ProcessMetrics, collector: Collector
) -> None:
    for seconds in (0.001, 0.0011, 5, 60):
        metrics.observe("event_loop_lag_seconds", seconds)

    found = parse_metrics(expose(collector.collect()).decode())

    assert found['event_loop_lag_seconds_bucket{le="0.001"}'] == 1
    assert found['event_loop_lag_seconds_bucket{le="0.0025"}'] == 2
    assert found['event_loop_lag_seconds_bucket{le="1.0"}'] == 2
    assert found['event_loop_lag_seconds_bucket{le="5.0"}'] == 3
    assert found['event_loop_lag_seconds_bucket{le="+Inf"}'] == 4
    assert found["event_loop_lag_seconds_count"] == 4
    assert found["event_loop_lag_seconds_sum"] == 65.0021


def test_what_has_no_labels_is_zero_from_the_start(collector: Collector) -> None:
    found = parse_metrics(expose(collector.collect()).decode())

    for metric in METRICS:
        suffix = "_count" if metric.kind == "histogram" else ""
        starts_at_zero = not metric.labels and metric.kind != "gauge"
        assert found.get(metric.name + suffix) == (0 if starts_at_zero else None)


@pytest.mark.parametrize("value", AWKWARD, ids=range(len(AWKWARD)))
def test_any_label_value_is_read_as_it_was_written(
    metrics: ProcessMetrics, collector: Collector, value: str
) -> None:
    metrics.increment("auth_verdicts_total", outcome=value)

    text = expose(collector.collect()).decode()

    families = {family.name: family for family in text_string_to_metric_families(text)}
    [sample] = families["auth_verdicts"].samples
    assert sample.labels == {"outcome": value}


def test_a_label_that_is_no_unicode_text_is_replaced(
    metrics: ProcessMetrics, collector: Collector
) -> None:
    metrics.increment("auth_verdicts_total", outcome="a\ud800b")

    assert b'outcome="a?b"' in expose(collector.collect())


@pytest.mark.parametrize("value", [inf, -inf, nan, 1e300, 1e-300, -0.5, 2**53], ids=str)
def test_any_number_is_read_as_it_was_written(
    metrics: ProcessMetrics, collector: Collector, value: float
) -> None:
    metrics.set_gauge("admission_limit", value)

    found = parse_metrics(expose(collector.collect()).decode()).get("admission_limit")

    # A gauge that is NaN has no value.
    assert found == (None if value != value else value)  # noqa: PLR0124 - NaN


def test_promtool_finds_no_fault_in_the_whole_catalogue(
    pytestconfig: pytest.Config, metrics: ProcessMetrics, collector: Collector
) -> None:
    if (promtool := shutil.which("promtool")) is None:
        skip_or_fail(pytestconfig, "prometheus", "prometheus", "the exposition is not checked")
    for metric in METRICS:
        _touch(metrics, metric)

    done = subprocess.run(  # noqa: S603 - our own arguments
        [promtool, "check", "metrics"],
        input=expose(collector.collect()),
        capture_output=True,
        check=False,
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def _touch(metrics: ProcessMetrics, metric: Metric) -> None:
    for value in ('a "value"\\', "another\n"):
        labels = dict.fromkeys(metric.labels, value)
        if metric.kind == "counter":
            metrics.counter(metric.name, **labels).add()
        elif metric.kind == "gauge":
            metrics.gauge(metric.name, **labels).set(1.5)
        else:
            metrics.histogram(metric.name, **labels).observe(0.003)
