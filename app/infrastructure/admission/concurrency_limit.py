from typing import Literal

Queue = Literal["loop", "pool"]

# With fewer the dependencies would be idle between two requests.
MINIMUM = 4.0
TARGET_SECONDS = 0.005
# Bounds of one decrease.
SMALLEST_FACTOR, LARGEST_FACTOR = 0.7, 0.95
GROWTH = 1 / 8


class ConcurrencyLimit:
    """Number of requests that may run at once, found by measuring how long work waits.

    Work waits for the event loop and for a connection to the database. If even the shortest wait
    of an interval exceeds the target, the queue never became empty, and more requests at once
    only wait longer (CoDel, RFC 8289). Then the limit decreases, otherwise it grows on demand.
    """

    def __init__(self, *, start: float) -> None:
        self._start = max(MINIMUM, start)
        self.value = self._start
        self._shortest: dict[Queue, float] = {}

    def record_wait(self, queue: Queue, seconds: float) -> None:
        self._shortest[queue] = min(seconds, self._shortest.get(queue, seconds))

    def end_interval(self, *, was_reached: bool) -> None:
        """Adjust the limit; `was_reached` says that requests had to wait because of it."""
        wait = max(self._shortest.values(), default=0.0)
        self._shortest.clear()
        if wait > TARGET_SECONDS:
            factor = max(SMALLEST_FACTOR, min(LARGEST_FACTOR, TARGET_SECONDS / wait))
            self.value = max(MINIMUM, self.value * factor)
        elif was_reached:
            self.value += self.value * GROWTH

    def reset(self) -> None:
        self.value = self._start
        self._shortest.clear()
