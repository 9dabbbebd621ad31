from collections import defaultdict
from collections.abc import Callable

from app.infrastructure.metrics.catalogue import CATALOGUE
from devtools.monitoring.labels import FIXED_VALUES

_Key = tuple[str, ...]


class RecordingMetrics:
    """Records metrics by name and label values, in the order of the catalogue."""

    def __init__(self) -> None:
        self.counts: defaultdict[_Key, float] = defaultdict(float)
        self.values: dict[_Key, list[float]] = {}
        self.gauges: dict[_Key, float] = {}
        self.samplers: list[Callable[[], None]] = []

    def counter(self, name: str, **labels: str) -> "_RecordingCounter":
        return _RecordingCounter(self.counts, _key("counter", name, labels))

    def histogram(self, name: str, **labels: str) -> "_RecordingHistogram":
        return _RecordingHistogram(self.values, _key("histogram", name, labels))

    def gauge(self, name: str, **labels: str) -> "_RecordingGauge":
        return _RecordingGauge(self.gauges, _key("gauge", name, labels))

    def increment(self, name: str, by: float = 1, **labels: str) -> None:
        self.counter(name, **labels).add(by)

    def observe(self, name: str, value: float, **labels: str) -> None:
        self.histogram(name, **labels).observe(value)

    def set_gauge(self, name: str, value: float, **labels: str) -> None:
        self.gauge(name, **labels).set(value)

    def add_sampler(self, sample: Callable[[], None]) -> None:
        self.samplers.append(sample)

    def sample(self) -> None:
        for sample in self.samplers:
            sample()


class _RecordingCounter:
    def __init__(self, counts: defaultdict[_Key, float], key: _Key) -> None:
        self._counts = counts
        self._key = key

    def add(self, by: float = 1) -> None:
        assert by >= 0
        self._counts[self._key] += by


class _RecordingHistogram:
    def __init__(self, values: dict[_Key, list[float]], key: _Key) -> None:
        self._values = values
        self._key = key

    def observe(self, value: float) -> None:
        self._values.setdefault(self._key, []).append(value)


class _RecordingGauge:
    def __init__(self, gauges: dict[_Key, float], key: _Key) -> None:
        self._gauges = gauges
        self._key = key
        gauges.setdefault(key, 0)

    def set(self, value: float) -> None:
        self._gauges[self._key] = value

    def add(self, by: float) -> None:
        self._gauges[self._key] += by


def _key(kind: str, name: str, labels: dict[str, str]) -> _Key:
    metric = CATALOGUE[name]
    assert metric.kind == kind
    assert set(metric.labels) == set(labels), name
    for label, value in labels.items():
        fixed = FIXED_VALUES.get((name, label))
        assert fixed is None or value in fixed, f"{name} has the undeclared {label} {value}"
    return name, *(labels[label] for label in metric.labels)
