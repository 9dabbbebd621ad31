"""Read metrics in Prometheus' text format, as the service writes them."""

import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise

from app.infrastructure.metrics.catalogue import CATALOGUE, METRICS
from app.infrastructure.metrics.collecting import Labels, Reading
from app.infrastructure.metrics.definition import Metric

_SAMPLE = re.compile(r"(?P<name>\w+)(?:\{(?P<labels>.*)\})? (?P<value>\S+)")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
_ESCAPES = {r"\\": "\\", r"\"": '"', r"\n": "\n"}
_SERIES = {
    f"{metric.name}{suffix}": (metric, suffix)
    for metric in METRICS
    for suffix in (("_bucket", "_sum") if metric.kind == "histogram" else ("",))
}

Series = dict[tuple[str, Labels], dict[str, float]]
"""The numbers of each metric and its labels: by bound, `_sum`, or for no histogram by ``."""


def parse(text: str) -> Reading:
    """Yield what is declared in the catalogue; raises ValueError for another format."""
    series: Series = defaultdict(dict)
    for line in text.splitlines():
        if line and not line.startswith("#"):
            _add(line, series)
    for (name, labels), numbers in series.items():
        metric = CATALOGUE[name]
        yield metric, labels, list(_values(metric, numbers))


def _add(line: str, series: Series) -> None:
    found = _SAMPLE.match(line)
    if found is None:
        raise ValueError(f"not a sample: {line!r}")
    if found["name"] not in _SERIES:
        return
    metric, suffix = _SERIES[found["name"]]
    pairs = {name: _unescape(value) for name, value in _LABEL.findall(found["labels"] or "")}
    labels = tuple(pairs.get(name, "") for name in metric.labels)
    series[metric.name, labels][pairs.get("le", suffix)] = float(found["value"])


def _values(metric: Metric, numbers: dict[str, float]) -> Iterator[float]:
    """Yield the number; of a histogram the counts between its bounds, and the sum."""
    if metric.kind != "histogram":
        yield numbers[""]
        return
    counts = [0.0, *(count for bound, count in numbers.items() if bound != "_sum")]
    yield from (count - before for before, count in pairwise(counts))
    yield numbers["_sum"]


def _unescape(value: str) -> str:
    return re.sub(r"\\.", lambda escape: _ESCAPES.get(escape[0], escape[0]), value)
