"""Prometheus' text format, version 0.0.4."""

from collections.abc import Iterator, Mapping
from itertools import accumulate
from math import isinf, isnan

from app.infrastructure.metrics.catalogue import METRICS
from app.infrastructure.metrics.collecting import Family, Labels
from app.infrastructure.metrics.definition import Metric

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_LABEL_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})
_HELP_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n"})


def expose(families: Mapping[str, Family]) -> bytes:
    """Write the families in the order of the catalogue."""
    lines = [line for metric in METRICS for line in _lines(metric, families.get(metric.name))]
    # A label may hold what UTF-8 cannot, such as half of a surrogate pair.
    return ("\n".join(lines) + "\n").encode("utf-8", "replace")


def _lines(metric: Metric, family: Family | None) -> Iterator[str]:
    if not family:
        return
    yield f"# HELP {metric.name} {metric.help.translate(_HELP_ESCAPES)}"
    yield f"# TYPE {metric.name} {metric.kind}"
    for labels, values in sorted(family.items()):
        pairs = _pairs(metric, labels)
        if metric.kind == "histogram":
            yield from _histogram_lines(metric, pairs, values)
        else:
            yield f"{metric.name}{_in_braces(pairs)} {_number(values[0])}"


def _histogram_lines(metric: Metric, pairs: str, values: list[float]) -> Iterator[str]:
    *buckets, total = values
    prefix = f"{metric.name}_bucket{{{pairs}{',' if pairs else ''}le="
    *counts, count = map(_number, accumulate(buckets))
    for bound, up_to in zip(metric.buckets, counts, strict=True):
        # Not `1`, which Prometheus 3 would rename to `1.0`.
        yield f'{prefix}"{float(bound)}"}} {up_to}'
    yield f'{prefix}"+Inf"}} {count}'
    yield f"{metric.name}_sum{_in_braces(pairs)} {_number(total)}"
    yield f"{metric.name}_count{_in_braces(pairs)} {count}"


def _pairs(metric: Metric, labels: Labels) -> str:
    return ",".join(
        f'{name}="{value.translate(_LABEL_ESCAPES)}"'
        for name, value in zip(metric.labels, labels, strict=True)
    )


def _in_braces(pairs: str) -> str:
    return f"{{{pairs}}}" if pairs else ""


def _number(value: float) -> str:
    if isnan(value):
        return "NaN"
    if isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return str(int(value)) if value.is_integer() else repr(value)
