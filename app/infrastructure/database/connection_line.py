from collections.abc import Callable

SMOOTHING = 0.1
# A connection is used for about this long, until it has been measured.
START_SECONDS = 0.01
# A wait that is shorter than this part of the use of a connection is no standing queue.
TOLERATED_PART = 1 / 4


class ConnectionLine:
    """Bounds the requests that wait for a connection to those that will get one in time."""

    def __init__(
        self,
        *,
        size: int,
        clock: Callable[[], float],
        record_wait: Callable[[float], None],
    ) -> None:
        self._size = size
        self._clock = clock
        self._record_wait = record_wait
        self._use_seconds = START_SECONDS
        self._last_return = clock()
        self._waiting = 0
        self._has_waited = False

    @property
    def waiting(self) -> int:
        return self._waiting

    def is_full(self, wait_seconds: float) -> bool:
        """Return whether one more request would probably wait for longer."""
        since_return = self._clock() - self._last_return if self._waiting else 0.0
        use_seconds = max(self._use_seconds, since_return)
        return self._waiting * use_seconds > self._size * wait_seconds

    def pass_by(self) -> None:
        """Note that there was a connection without waiting."""
        if self._has_waited:
            self._has_waited = False
            self._record_wait(0.0)

    def join(self) -> float:
        """Begin to wait; returns when."""
        if not self._waiting:
            self._last_return = self._clock()
        self._waiting += 1
        return self._clock()

    def leave(self, joined_at: float) -> None:
        """End waiting, with a connection or without."""
        self._waiting -= 1
        self._has_waited = True
        wait = self._clock() - joined_at
        self._record_wait(max(0.0, wait - self._use_seconds * TOLERATED_PART))

    def record_use(self, seconds: float) -> None:
        """Learn how long a connection was used before it was returned."""
        self._last_return = self._clock()
        self._use_seconds += SMOOTHING * (seconds - self._use_seconds)
