"""The tables of metrics and of their labels."""

from app.infrastructure.metrics.catalogue import METRICS
from app.infrastructure.metrics.definition import Metric
from devtools.documents.markdown import table
from devtools.monitoring.labels import LABELS, Label


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


def labels_table() -> str:
    return table(
        ("label", "of", "values"),
        ((f"`{label.name}`", _names(label.metrics), _values(label)) for label in LABELS),
    )


def _values(label: Label) -> str:
    values = ", ".join(
        f"`{value}` ({text})" if text else f"`{value}`" for value, text in label.values.items()
    )
    return ". ".join(filter(None, (values, label.text)))


def _names(metrics: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in metrics)
