"""Parts of PromQL about this service; metrics and labels are checked against the catalogue."""

import app
from app.infrastructure.metrics.catalogue import CATALOGUE
from app.infrastructure.metrics.definition import Metric

JOB = app.__slug__
"""Name of the scrape job, by which all queries and alerts select this service."""

RATE_INTERVAL = "$__rate_interval"
"""Replaced by Grafana: a window of at least four scrapes."""

# Prometheus adds them: to every series, and to the buckets of a histogram.
_TARGET_LABELS = {"job", "instance"}
_SUFFIXES = ("_bucket", "_count", "_sum")


def select(name: str, **matchers: str) -> str:
    """Select series of the service: `select("a_total", state='="x"')`.

    A matcher is an operator and a quoted value. Raises ValueError for an undeclared metric or
    label.
    """
    _require_labels(name, matchers)
    matched = [f'job="{JOB}"', *(f"{label}{matcher}" for label, matcher in matchers.items())]
    return f"{name}{{{', '.join(matched)}}}"


def rate(name: str, window: str = RATE_INTERVAL, **matchers: str) -> str:
    return f"rate({select(name, **matchers)}[{window}])"


def sum_rate(name: str, *by: str, window: str = RATE_INTERVAL, **matchers: str) -> str:
    """Increase a second, summed over all other labels than `by`."""
    return total(rate(name, window, **matchers), *by, of=name)


def total(expression: str, *by: str, of: str) -> str:
    """Sum over all other labels than `by`, which the metric `of` must have."""
    _require_labels(of, by)
    return f"sum by ({', '.join(by)}) ({expression})" if by else f"sum({expression})"


def quantile(
    share: float, name: str, *by: str, window: str = RATE_INTERVAL, **matchers: str
) -> str:
    """Estimate the quantile of a histogram."""
    buckets = sum_rate(f"{name}_bucket", *by, "le", window=window, **matchers)
    return f"histogram_quantile({share}, {buckets})"


def ratio(part: str, whole: str) -> str:
    """Return no value instead of NaN where there is nothing at all."""
    return f"{part} / ({whole} > 0)"


def or_zero(part: str, whole: str) -> str:
    """Return 0 where `whole` has a series and `part` has none, as before the first failure."""
    return f"({part} or 0 * {whole})"


def _require_labels(name: str, labels: "dict[str, str] | tuple[str, ...]") -> None:
    metric = _declared(name)
    of_buckets = {"le"} if name.endswith("_bucket") else set()
    unknown = set(labels) - set(metric.labels) - _TARGET_LABELS - of_buckets
    if unknown:
        raise ValueError(f"{name} has no label {', '.join(sorted(unknown))}")


def _declared(name: str) -> Metric:
    base = next((name.removesuffix(suffix) for suffix in _SUFFIXES if name.endswith(suffix)), name)
    metric = CATALOGUE.get(name) or CATALOGUE.get(base)
    if metric is None or (metric.kind == "histogram") != (metric.name != name):
        raise ValueError(f"no metric has the series {name}")
    return metric
