"""Keys of records: the name of a metric and its label values."""

import json
from collections.abc import Mapping

from app.infrastructure.metrics.definition import Metric

OTHER = "_OTHER"
"""Label value of what exceeds the bound of a metric."""

MAX_VALUE_CHARACTERS = 128


def key_of(metric: Metric, labels: Mapping[str, str]) -> bytes:
    values = [labels[name][:MAX_VALUE_CHARACTERS] for name in metric.labels]
    # ASCII: a label may hold what UTF-8 cannot, such as half of a surrogate pair.
    return json.dumps([metric.name, *values]).encode("ascii")


def split_key(key: bytes) -> tuple[str, tuple[str, ...]]:
    """Return the name of the metric and its label values."""
    name, *values = json.loads(key)
    return name, tuple(values)


def others(metric: Metric) -> dict[str, str]:
    return dict.fromkeys(metric.labels, OTHER)
