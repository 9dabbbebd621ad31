from collections.abc import Callable

from app.ports.metrics import Metrics


class NullChild:
    """Counter, histogram or gauge whose values are discarded."""

    __slots__ = ()

    def add(self, by: float = 1) -> None: ...

    def observe(self, value: float) -> None: ...

    def set(self, value: float) -> None: ...


NULL_CHILD = NullChild()


class NullMetrics:
    """Discards all metrics; for processes without METRICS_PORT."""

    def counter(self, name: str, **labels: str) -> NullChild:  # noqa: ARG002 - the port's names
        return NULL_CHILD

    histogram = gauge = counter

    def increment(self, name: str, by: float = 1, **labels: str) -> None: ...

    def observe(self, name: str, value: float, **labels: str) -> None: ...

    def set_gauge(self, name: str, value: float, **labels: str) -> None: ...

    def add_sampler(self, sample: Callable[[], None]) -> None: ...


NO_METRICS: Metrics = NullMetrics()
