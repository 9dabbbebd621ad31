"""Records of one process by metric and label values, and the bound on their number."""

import logging
import struct
from collections import Counter as Count
from collections.abc import Mapping

from app.infrastructure.metrics.catalogue import CATALOGUE
from app.infrastructure.metrics.children import cells_of, unset
from app.infrastructure.metrics.definition import Metric
from app.infrastructure.metrics.keys import OTHER, key_of, split_key
from app.infrastructure.metrics.memory import FIRST_RECORD, Cells, MetricMemory

logger = logging.getLogger(__name__)


def is_readable(memory: MetricMemory) -> bool:
    """Return False for a file that a crash of the machine has damaged."""
    try:
        for key, values in memory.records(FIRST_RECORD, memory.end):
            if len(values) != cells_of(CATALOGUE[split_key(key)[0]]):
                return False
    except (ValueError, TypeError, LookupError, struct.error):
        return False
    return True


class Records:
    """Finds or adds records in memory that may have been that of a predecessor.

    Counters and histograms of the predecessor go on; its gauges have no value.
    """

    def __init__(self, memory: MetricMemory) -> None:
        self._memory = memory
        self._values: dict[bytes, Cells] = {}
        self._combinations: Count[str] = Count()
        self._is_full = False
        for key, values in memory.records(FIRST_RECORD, memory.end):
            self._keep(CATALOGUE[split_key(key)[0]], key, values)
            if CATALOGUE[split_key(key)[0]].kind == "gauge":
                unset(values)

    def is_bounded(self, metric: Metric, labels: Mapping[str, str]) -> bool:
        """Return whether these label values are within the bound of the metric."""
        if key_of(metric, labels) in self._values or OTHER in labels.values():
            return True
        return self._combinations[metric.name] < metric.max_children

    def find(self, metric: Metric, labels: Mapping[str, str]) -> "Cells | None":
        """Return the values of a metric; None if there is no memory for them."""
        key = key_of(metric, labels)
        if key not in self._values:
            self._add(metric, key)
        return self._values.get(key)

    def _add(self, metric: Metric, key: bytes) -> None:
        if self._is_full:
            return
        try:
            self._keep(metric, key, self._memory.append(key, cells_of(metric)))
        except OSError as error:
            self._is_full = True
            logger.error("Some metrics are not counted: %s", error)  # noqa: TRY400

    def _keep(self, metric: Metric, key: bytes, values: Cells) -> None:
        self._values[key] = values
        self._combinations[metric.name] += 1
