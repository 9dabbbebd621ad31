"""Declaration of a metric."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["counter", "gauge", "histogram"]

OverWorkers = Literal["sum", "max", "min"]
"""How the values of a gauge in several workers become one."""

MAX_CHILDREN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One metric of the catalogue; every label value of a client is bounded by `max_children`."""

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()
    """Upper bounds of a histogram, ascending, without +Inf."""

    over_workers: OverWorkers = "sum"
    """Counters and histograms are always summed."""

    max_children: int = MAX_CHILDREN
    """Combinations of label values in one process; further ones are counted as `_OTHER`."""


def counter(name: str, text: str, *labels: str, max_children: int = MAX_CHILDREN) -> Metric:
    return Metric(name=name, kind="counter", help=text, labels=labels, max_children=max_children)


def gauge(name: str, text: str, *labels: str, over_workers: OverWorkers = "sum") -> Metric:
    return Metric(name=name, kind="gauge", help=text, labels=labels, over_workers=over_workers)


def histogram(
    name: str,
    text: str,
    *labels: str,
    buckets: Sequence[float],
    max_children: int = MAX_CHILDREN,
) -> Metric:
    return Metric(
        name=name,
        kind="histogram",
        help=text,
        labels=labels,
        buckets=tuple(buckets),
        max_children=max_children,
    )
