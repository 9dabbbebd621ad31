"""Combine the metrics of several processes, each of which may restart or not respond."""

from collections.abc import Iterable, Mapping

from app.infrastructure.metrics.catalogue import CATALOGUE
from app.infrastructure.metrics.collecting import Reading, merge
from app.infrastructure.metrics.interval import Families, without_restarted


def merge_families(processes: Iterable[Families]) -> Families:
    return merge(map(_reading, processes))


def start_of_interval(earlier: Mapping[int, Families], later: Mapping[int, Families]) -> Families:
    """Return what the later readings are compared with, of the processes that are in them.

    Of a process that did not respond before, the start is unknown: it has counted nothing.
    """
    return merge_families(
        without_restarted(earlier.get(port, families), families) for port, families in later.items()
    )


def _reading(families: Families) -> Reading:
    for name, family in families.items():
        for labels, values in family.items():
            yield CATALOGUE[name], labels, values
