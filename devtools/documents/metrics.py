"""The table of metrics, from their catalogue."""

from app.infrastructure.metrics.catalogue import METRICS
from app.infrastructure.metrics.definition import Metric
from devtools.documents.markdown import table


def metrics_table() -> str:
    return table(
        ("metric", "kind", "labels", "description"),
        ((f"`{metric.name}`", _kind(metric), _labels(metric), metric.help) for metric in METRICS),
    )


def _kind(metric: Metric) -> str:
    """Name the kind; for a gauge also how the values of the workers become one."""
    return f"gauge, {metric.over_workers}" if metric.kind == "gauge" else metric.kind


def _labels(metric: Metric) -> str:
    return f"`{', '.join(metric.labels)}`" if metric.labels else ""
