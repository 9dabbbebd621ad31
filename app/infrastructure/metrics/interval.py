"""Changes between two readings of the metrics."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from itertools import accumulate

from app.infrastructure.metrics.catalogue import CATALOGUE
from app.infrastructure.metrics.collecting import Family, Labels

Families = Mapping[str, Family]


def without_restarted(earlier: Families, later: Families) -> Families:
    """Remove from a reading what has gone down since: it was counted from zero again."""
    return {
        name: {
            labels: values
            for labels, values in family.items()
            if not _has_gone_down(values, later.get(name, {}).get(labels, values))
        }
        for name, family in earlier.items()
    }


class Interval:
    """Rates, shares and quantiles; None where nothing was counted.

    What has gone down was restarted, and counts from zero, as in Prometheus' `rate`.
    """

    def __init__(self, earlier: Families, later: Families, *, seconds: float) -> None:
        self._earlier = without_restarted(earlier, later)
        self._later = later
        self.seconds = seconds

    def rate(self, name: str, **wanted: str) -> float:
        """Return the events per second of a counter, or of the values of a histogram."""
        return self._count(name, wanted) / self.seconds

    def share(self, name: str, part: Mapping[str, str], **wanted: str) -> float | None:
        """Return which part of the events has these labels too."""
        count = self._count(name, wanted)
        return self._count(name, {**wanted, **part}) / count if count else None

    def quantile(self, name: str, quantile: float, **wanted: str) -> float | None:
        """Return a quantile of a histogram, interpolated as Prometheus does."""
        bounds = CATALOGUE[name].buckets
        counts = list(accumulate(self._increases(name, wanted)[:-1]))
        if not counts or not counts[-1]:
            return None
        rank = quantile * counts[-1]
        index = bisect_left(counts, rank)
        if index >= len(bounds):
            return bounds[-1]
        lower, below = (bounds[index - 1], counts[index - 1]) if index else (0.0, 0.0)
        return lower + (bounds[index] - lower) * (rank - below) / (counts[index] - below)

    def gauge(self, name: str, **wanted: str) -> float | None:
        """Return the sum of the newest values."""
        values = [values[0] for _, values in _select(self._later, name, wanted)]
        return sum(values) if values else None

    def labels(self, name: str, *label_names: str) -> list[Labels]:
        """Return the combinations of some labels for which something was counted, most first."""
        metric = CATALOGUE[name]
        indexes = [metric.labels.index(each) for each in label_names]
        counts: dict[Labels, float] = {}
        for labels, increases in self._increases_by_labels(name, {}):
            group = tuple(labels[index] for index in indexes)
            counts[group] = counts.get(group, 0) + _events(name, increases)
        return sorted((group for group in counts if counts[group]), key=counts.__getitem__)[::-1]

    def _count(self, name: str, wanted: Mapping[str, str]) -> float:
        return _events(name, self._increases(name, wanted))

    def _increases(self, name: str, wanted: Mapping[str, str]) -> list[float]:
        found = [increases for _, increases in self._increases_by_labels(name, wanted)]
        return [sum(cell) for cell in zip(*found, strict=True)]

    def _increases_by_labels(
        self, name: str, wanted: Mapping[str, str]
    ) -> Iterator[tuple[Labels, list[float]]]:
        earlier = self._earlier.get(name, {})
        for labels, values in _select(self._later, name, wanted):
            before = earlier.get(labels, [0.0] * len(values))
            yield labels, [now - then for now, then in zip(values, before, strict=True)]


def _has_gone_down(before: list[float], after: list[float]) -> bool:
    # Any cell of a histogram: a restarted one may have more in another cell already.
    return any(now < then for then, now in zip(before, after, strict=True))


def _select(
    families: Families, name: str, wanted: Mapping[str, str]
) -> Iterator[tuple[Labels, list[float]]]:
    """Yield the series with these label values; one that ends in * stands for all that follow."""
    label_names = CATALOGUE[name].labels
    for labels, values in families.get(name, {}).items():
        found = dict(zip(label_names, labels, strict=True))
        if all(_matches(found[label], pattern) for label, pattern in wanted.items()):
            yield labels, values


def _matches(value: str, pattern: str) -> bool:
    if pattern.endswith("*"):
        return value.startswith(pattern[:-1])
    return value == pattern


def _events(name: str, increases: list[float]) -> float:
    is_histogram = CATALOGUE[name].kind == "histogram"
    return sum(increases[:-1]) if is_histogram else sum(increases)
