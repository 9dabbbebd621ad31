"""Counting, and its bounds."""

import logging
from collections.abc import Callable

import pytest

from app.infrastructure.metrics import memory as memory_module
from app.infrastructure.metrics.catalogue import CATALOGUE
from app.infrastructure.metrics.collector import Collector
from app.infrastructure.metrics.memory import MetricMemory
from app.infrastructure.metrics.null_metrics import NO_METRICS
from app.infrastructure.metrics.process_metrics import ProcessMetrics
from app.infrastructure.metrics.records import Records
from app.infrastructure.metrics.slots import NoSlots

VERDICTS = "auth_verdicts_total"


def test_a_kept_child_and_a_call_by_name_count_the_same(
    metrics: ProcessMetrics, collector: Collector
) -> None:
    metrics.counter(VERDICTS, outcome="accepted").add()
    metrics.counter(VERDICTS, outcome="accepted").add(2)
    metrics.increment(VERDICTS, outcome="accepted")

    assert collector.collect()[VERDICTS] == {("accepted",): [4]}


def test_the_order_of_labels_does_not_matter(metrics: ProcessMetrics, collector: Collector) -> None:
    metrics.increment("cache_lookups_total", level="process", outcome="hit")
    metrics.increment("cache_lookups_total", outcome="hit", level="process")

    assert collector.collect()["cache_lookups_total"] == {("process", "hit"): [2]}


def test_a_gauge_starts_at_zero_and_can_be_changed(
    metrics: ProcessMetrics, collector: Collector
) -> None:
    running = metrics.gauge("requests_running")
    assert collector.collect()["requests_running"] == {(): [0]}

    running.set(5)
    running.add(-2)

    assert collector.collect()["requests_running"] == {(): [3]}


def test_combinations_beyond_the_bound_are_counted_together(
    metrics: ProcessMetrics, collector: Collector, caplog: pytest.LogCaptureFixture
) -> None:
    bound = CATALOGUE[VERDICTS].max_children
    for number in range(bound + 1000):
        metrics.increment(VERDICTS, outcome=f"made up {number}")
        metrics.increment(VERDICTS, outcome="made up 0")

    family = collector.collect()[VERDICTS]

    assert len(family) == bound + 1
    assert family["_OTHER",] == [1000]
    assert family["made up 0",] == [bound + 1001]
    assert len(caplog.records) == 1


def test_what_exceeds_the_bound_takes_no_memory(
    memory: MetricMemory, metrics: ProcessMetrics
) -> None:
    for number in range(1000):
        metrics.increment(VERDICTS, outcome=str(number))
    end, children = memory.end, len(metrics._children)  # noqa: SLF001 - its size is the claim

    for number in range(2000):
        metrics.increment(VERDICTS, outcome=str(number))

    assert (memory.end, len(metrics._children)) == (end, children)  # noqa: SLF001


def test_a_long_label_is_cut(metrics: ProcessMetrics, collector: Collector) -> None:
    metrics.increment(VERDICTS, outcome="x" * 100_000)

    assert list(collector.collect()[VERDICTS]) == [("x" * 128,)]


@pytest.mark.parametrize(
    "use",
    [
        lambda metrics: metrics.increment("undeclared_total"),
        lambda metrics: metrics.increment(VERDICTS),
        lambda metrics: metrics.increment(VERDICTS, outcome="a", other="b"),
        lambda metrics: metrics.set_gauge(VERDICTS, 1, outcome="a"),
        lambda metrics: metrics.observe("undeclared_seconds", 1),
    ],
    ids=["name", "label missing", "label too many", "kind", "histogram"],
)
def test_what_is_not_declared_is_discarded_and_logged_once(
    metrics: ProcessMetrics,
    collector: Collector,
    caplog: pytest.LogCaptureFixture,
    use: Callable[[ProcessMetrics], None],
) -> None:
    before = collector.collect()

    use(metrics)
    use(metrics)

    assert collector.collect() == before
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


def test_without_memory_the_rest_goes_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(memory_module, "MEMORY_BYTES", 4096)
    memory = MetricMemory.private()
    metrics = ProcessMetrics(Records(memory))
    known = metrics.counter("log_lines_lost_total")

    for name in ("http_server_request_duration_seconds", "db_client_operation_duration_seconds"):
        for number in range(40):
            labels = dict.fromkeys(CATALOGUE[name].labels, str(number))
            metrics.observe(name, 1, **labels)
    known.add()

    collector = Collector(metrics=metrics, memory=memory, slots=NoSlots())
    assert collector.collect()["log_lines_lost_total"] == {(): [1]}
    assert memory.end <= 4096
    assert len(caplog.records) == 1


def test_a_failing_sampler_stops_no_other(
    metrics: ProcessMetrics, collector: Collector, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise ValueError("broken")

    metrics.add_sampler(fail)
    metrics.add_sampler(lambda: metrics.set_gauge("admission_limit", 7))

    collector.collect()

    assert collector.collect()["admission_limit"] == {(): [7]}
    assert len(caplog.records) == 1


def test_without_a_port_everything_is_discarded() -> None:
    NO_METRICS.increment("undeclared_total", outcome="a")
    NO_METRICS.counter(VERDICTS, outcome="a").add()
    NO_METRICS.histogram("event_loop_lag_seconds").observe(1)
    NO_METRICS.gauge("admission_limit").set(1)
    NO_METRICS.gauge("admission_limit").add(1)
