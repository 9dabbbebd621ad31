"""Medians and spreads over rounds; ratios are taken within a round, where the machine was one."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles


@dataclass(frozen=True)
class Spread:
    """The median, and the quartiles as a measure of its worth."""

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.median:.2f} ({self.low:.2f}-{self.high:.2f})"


def spread(values: Sequence[float]) -> Spread:
    if len(values) < 2:  # noqa: PLR2004 - a lone value has no quartiles
        return Spread(values[0], values[0], values[0])
    low, _, high = quantiles(values, n=4, method="inclusive")
    return Spread(median(values), low, high)


def ratio(values: Sequence[float], bases: Sequence[float]) -> Spread:
    return spread([value / base for value, base in zip(values, bases, strict=True)])


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
