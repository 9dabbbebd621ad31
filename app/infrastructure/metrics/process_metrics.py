import logging
from collections.abc import Callable, Mapping
from typing import Any

from app.infrastructure.metrics.catalogue import CATALOGUE, METRICS
from app.infrastructure.metrics.children import child_of
from app.infrastructure.metrics.definition import Kind, Metric
from app.infrastructure.metrics.keys import others
from app.infrastructure.metrics.null_metrics import NULL_CHILD
from app.infrastructure.metrics.records import Records
from app.ports.metrics import Counter, Gauge, Histogram

logger = logging.getLogger(__name__)


class ProcessMetrics:
    """Metrics of this process."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._children: dict[tuple[object, ...], Any] = {}
        self._samplers: list[Callable[[], None]] = []
        self._reported: set[str] = set()
        self._start_at_zero()

    def counter(self, name: str, **labels: str) -> Counter:
        counter: Counter = self._child("counter", name, labels)
        return counter

    def histogram(self, name: str, **labels: str) -> Histogram:
        histogram: Histogram = self._child("histogram", name, labels)
        return histogram

    def gauge(self, name: str, **labels: str) -> Gauge:
        gauge: Gauge = self._child("gauge", name, labels)
        return gauge

    def increment(self, name: str, by: float = 1, **labels: str) -> None:
        self._child("counter", name, labels).add(by)

    def observe(self, name: str, value: float, **labels: str) -> None:
        self._child("histogram", name, labels).observe(value)

    def set_gauge(self, name: str, value: float, **labels: str) -> None:
        self._child("gauge", name, labels).set(value)

    def add_sampler(self, sample: Callable[[], None]) -> None:
        self._samplers.append(sample)

    def sample(self) -> None:
        """Run the samplers; the failure of one does not concern the others."""
        for sample in self._samplers:
            try:
                sample()
            except Exception:
                if self._is_first_report(f"sampler {sample}"):
                    logger.exception("A metric cannot be sampled")

    def _start_at_zero(self) -> None:
        """Expose what has no labels from the start: a rate needs the zero before the first one."""
        for metric in METRICS:
            if not metric.labels and metric.kind != "gauge":
                self._child(metric.kind, metric.name, {})

    def _child(self, kind: Kind, name: str, labels: Mapping[str, str]) -> Any:  # noqa: ANN401 - by kind
        index = (kind, name, *labels.items())
        return self._children.get(index) or self._find_child(index, kind, name, labels)

    def _find_child(
        self, index: tuple[object, ...], kind: Kind, name: str, labels: Mapping[str, str]
    ) -> Any:  # noqa: ANN401
        metric = CATALOGUE.get(name)
        if metric is None or metric.kind != kind or set(labels) != set(metric.labels):
            if self._is_first_report(name):
                logger.error("The catalogue declares no %s %s %s", kind, name, sorted(labels))
            return NULL_CHILD
        if not self._records.is_bounded(metric, labels):
            return self._other_child(metric)
        values = self._records.find(metric, labels)
        if values is None:
            return NULL_CHILD
        child = self._children[index] = child_of(metric, values)
        return child

    def _other_child(self, metric: Metric) -> Any:  # noqa: ANN401
        # Not kept for the labels: what a client varies must not fill the memory.
        if self._is_first_report(f"bound of {metric.name}"):
            logger.warning(
                "%s has more than %d combinations of labels; others are counted as _OTHER",
                *(metric.name, metric.max_children),
            )
        return self._child(metric.kind, metric.name, others(metric))

    def _is_first_report(self, subject: str) -> bool:
        is_first = subject not in self._reported
        self._reported.add(subject)
        return is_first
