"""Counters, histograms and gauges with their label values: one addition to a cell each."""

from bisect import bisect_left
from math import isnan, nan

from app.infrastructure.metrics.definition import Metric
from app.infrastructure.metrics.memory import Cells


class CellCounter:
    __slots__ = ("_values",)

    def __init__(self, values: Cells) -> None:
        self._values = values

    def add(self, by: float = 1) -> None:
        self._values[0] += by


class CellGauge:
    """A gauge without a value is NaN."""

    __slots__ = ("_values",)

    def __init__(self, values: Cells) -> None:
        self._values = values
        if isnan(values[0]):
            values[0] = 0

    def set(self, value: float) -> None:
        self._values[0] = value

    def add(self, by: float) -> None:
        self._values[0] += by


class CellHistogram:
    """One cell for each bucket, not cumulative, and one for the sum of all values."""

    __slots__ = ("_bounds", "_values")

    def __init__(self, values: Cells, bounds: tuple[float, ...]) -> None:
        self._values = values
        self._bounds = bounds

    def observe(self, value: float) -> None:
        values = self._values
        values[bisect_left(self._bounds, value)] += 1
        values[-1] += value


Child = CellCounter | CellGauge | CellHistogram


def cells_of(metric: Metric) -> int:
    """Return the number of cells: for a histogram its buckets, +Inf and the sum."""
    return len(metric.buckets) + 2 if metric.kind == "histogram" else 1


def child_of(metric: Metric, values: Cells) -> Child:
    if metric.kind == "histogram":
        return CellHistogram(values, metric.buckets)
    return CellGauge(values) if metric.kind == "gauge" else CellCounter(values)


def unset(values: Cells) -> None:
    """Take the value from a gauge, until the next one is set."""
    values[0] = nan
