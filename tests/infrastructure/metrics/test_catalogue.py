"""The catalogue of metrics, and the code that counts."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.infrastructure.metrics.catalogue import CATALOGUE, METRICS
from app.infrastructure.metrics.definition import Metric
from devtools.monitoring.labels import FIXED_VALUES, LABELS
from tests.support.server import ROOT

KINDS = {
    "counter": "counter",
    "increment": "counter",
    "histogram": "histogram",
    "observe": "histogram",
    "gauge": "gauge",
    "set_gauge": "gauge",
}
UNITS = ("_seconds", "_bytes")

_every_metric = pytest.mark.parametrize("metric", METRICS, ids=[each.name for each in METRICS])


@_every_metric
def test_a_name_tells_the_kind_and_the_unit(metric: Metric) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9_]*", metric.name)
    assert metric.name.endswith("_total") == (metric.kind == "counter")
    assert not metric.name.endswith(("_count", "_sum", "_bucket"))
    if metric.kind == "histogram":
        assert metric.name.endswith(UNITS)


@_every_metric
def test_a_metric_is_explained(metric: Metric) -> None:
    assert re.fullmatch(r"[A-Z1].+\.", metric.help)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", label) for label in metric.labels)


@_every_metric
def test_the_bounds_of_buckets_ascend(metric: Metric) -> None:
    assert bool(metric.buckets) == (metric.kind == "histogram")
    assert list(metric.buckets) == sorted(set(metric.buckets))


def test_no_name_is_declared_twice() -> None:
    assert len(CATALOGUE) == len(METRICS)


def test_code_counts_only_what_is_declared() -> None:
    uses = [use for file in sorted((ROOT / "app").rglob("*.py")) for use in _uses(file)]

    undeclared = [
        f"{place}: {kind} {name}"
        for place, kind, name, _ in uses
        if name not in CATALOGUE or CATALOGUE[name].kind != kind
    ]
    mislabelled = [
        f"{place}: {name} {sorted(labels)}"
        for place, _, name, labels in uses
        if labels is not None and labels != set(CATALOGUE[name].labels)
    ]
    assert (undeclared, mislabelled) == ([], [])
    assert len(uses) > 10, "the search finds nothing"


def test_every_label_is_explained_once() -> None:
    explained = sorted((metric, label.name) for label in LABELS for metric in label.metrics)

    assert explained == sorted(
        (metric.name, label) for metric in METRICS for label in metric.labels
    )
    assert all(label.values or label.text for label in LABELS)


def test_every_explained_value_is_in_the_code() -> None:
    literals = set().union(*map(_texts, (ROOT / "app").rglob("*.py")))

    missing = {value for values in FIXED_VALUES.values() for value in values} - literals
    assert missing == set()


def _texts(file: Path) -> set[str]:
    return {
        node.value
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def _uses(file: Path) -> Iterator[tuple[str, str, str, set[str] | None]]:
    """Yield the place, kind, name and labels of each call of the metrics with a literal name."""
    if file.name == "catalogue.py":
        return
    for node in ast.walk(ast.parse(file.read_text())):
        match node:
            case ast.Call(
                func=ast.Attribute(attr=method), args=[ast.Constant(value=str(name)), *_]
            ) if method in KINDS and "_" in name:
                labels = {keyword.arg for keyword in node.keywords} - {"by", "value"}
                known = None if None in labels else {label for label in labels if label}
                place = f"{file.relative_to(ROOT)}:{node.lineno}"
                yield place, KINDS[method], name, known
