"""Port for operational metrics."""

from collections.abc import Callable
from typing import Protocol


class Counter(Protocol):
    def add(self, by: float = 1) -> None:
        """Add a number that is not negative."""
        ...


class Histogram(Protocol):
    def observe(self, value: float) -> None: ...


class Gauge(Protocol):
    def set(self, value: float) -> None: ...

    def add(self, by: float) -> None:
        """Add to the value, which starts at 0; negative to subtract."""
        ...


class Metrics(Protocol):
    """Counters, histograms and gauges, identified by name and labels.

    Names and label names are declared in a catalogue; what is not declared is discarded.
    No method blocks or raises, in no thread but that of the event loop.
    """

    def counter(self, name: str, **labels: str) -> Counter:
        """Return a counter to keep where it is used often; its name ends in `_total`."""
        ...

    def histogram(self, name: str, **labels: str) -> Histogram:
        """Return a histogram to keep; its name ends in the unit, such as `_seconds`."""
        ...

    def gauge(self, name: str, **labels: str) -> Gauge:
        """Return a gauge to keep; it is exposed from now on."""
        ...

    def increment(self, name: str, by: float = 1, **labels: str) -> None:
        """Add to a counter."""
        ...

    def observe(self, name: str, value: float, **labels: str) -> None:
        """Add a value to a histogram."""
        ...

    def set_gauge(self, name: str, value: float, **labels: str) -> None:
        """Replace the value of a gauge."""
        ...

    def add_sampler(self, sample: Callable[[], None]) -> None:
        """Call `sample` once a second and when metrics are read; it sets gauges and is quick."""
        ...
