"""Sum the metrics of all workers."""

from collections.abc import Callable, Iterable, Iterator
from math import isnan
from typing import NamedTuple

from app.infrastructure.metrics.catalogue import CATALOGUE
from app.infrastructure.metrics.definition import Metric
from app.infrastructure.metrics.keys import split_key
from app.infrastructure.metrics.memory import FIRST_RECORD, Cells, MetricMemory

Labels = tuple[str, ...]
"""Label values, in the order in which the catalogue declares their names."""

Family = dict[Labels, list[float]]
"""Values of one metric: its number; for a histogram its buckets and the sum."""

Reading = Iterator[tuple[Metric, Labels, list[float]]]

_MERGE: dict[str, Callable[[float, float], float]] = {
    "sum": lambda one, other: one + other,
    "max": max,
    "min": min,
}


class _Series(NamedTuple):
    metric: Metric
    labels: Labels
    values: Cells


class MemoryReader:
    """Reads the metrics of one process; each record is decoded once."""

    def __init__(self, memory: MetricMemory) -> None:
        self._memory = memory
        self._end = FIRST_RECORD
        self._series: list[_Series] = []

    def read(self, *, is_alive: bool) -> Reading:
        """Yield what has a value; gauges only of a living process."""
        self._decode_new()
        for metric, labels, values in self._series:
            if metric.kind != "gauge" or (is_alive and not isnan(values[0])):
                yield metric, labels, list(values)

    def _decode_new(self) -> None:
        start, self._end = self._end, self._memory.end
        for key, values in self._memory.records(start, self._end):
            name, labels = split_key(key)
            self._series.append(_Series(CATALOGUE[name], labels, values))


def merge(readings: Iterable[Reading]) -> dict[str, Family]:
    """Return the families by name, with the values of all processes."""
    families: dict[str, Family] = {}
    for reading in readings:
        for metric, labels, values in reading:
            family = families.setdefault(metric.name, {})
            known = family.get(labels)
            merged = _MERGE[metric.over_workers]
            family[labels] = values if known is None else list(map(merged, known, values))
    return families
