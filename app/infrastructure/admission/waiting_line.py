from collections import OrderedDict, deque
from collections.abc import Callable, Hashable
from typing import NamedTuple

# Requests per second that are expected until they have been measured.
START_RATE = 320.0
SMOOTHING = 0.3
# A line that is full has been served after this time.
LENGTH_SECONDS = 0.8
MAX_WAIT_SECONDS = 1.0
MIN_CAPACITY = 16
# A client may occupy this many times what it leaves free for others.
SHARE_OF_FREE = 4


class Waiting(NamedTuple):
    """Request in the line; `run` or `refuse` is called once."""

    since: float
    run: Callable[[], None]
    refuse: Callable[[], None]


class WaitingLine:
    """Requests that wait until others end, as many as are served within LENGTH_SECONDS.

    The clients take turns, and one of them can never take all places.
    """

    def __init__(self) -> None:
        self._clients: OrderedDict[Hashable, deque[Waiting]] = OrderedDict()
        self._length = 0
        self._served = 0
        self._set_rate(START_RATE)
        self._was_empty = True

    def __len__(self) -> int:
        return self._length

    def has_place(self, client: Hashable) -> bool:
        own = self._clients.get(client)
        if own is None:
            # Its turn comes after one request of each other client.
            return len(self._clients) < self.capacity
        return len(own) < SHARE_OF_FREE * (self.capacity - self._length)

    def add(self, client: Hashable, waiting: Waiting) -> None:
        self._clients.setdefault(client, deque()).append(waiting)
        self._length += 1

    def take(self) -> Waiting:
        """Remove the oldest request of the client whose turn it is."""
        client, own = self._clients.popitem(last=False)
        waiting = own.popleft()
        if own:
            self._clients[client] = own
        self._length -= 1
        self._served += 1
        return waiting

    def take_expired(self, now: float) -> list[Waiting]:
        """Remove the requests that have waited for too long."""
        expired = []
        for client, own in list(self._clients.items()):
            while own and now - own[0].since > MAX_WAIT_SECONDS:
                expired.append(own.popleft())
            if not own:
                del self._clients[client]
        self._length -= len(expired)
        return expired

    def measure_rate(self, seconds: float) -> None:
        """Learn from the requests that were taken in the last `seconds`."""
        rate = self._served / seconds
        is_standing = self._length > 0 and not self._was_empty
        if is_standing:
            self._set_rate(self._rate + SMOOTHING * (rate - self._rate))
        else:
            # Fewer than could have been served.
            self._set_rate(max(rate, self._rate))
        self._was_empty = self._length == 0
        self._served = 0

    def _set_rate(self, rate: float) -> None:
        self._rate = rate
        self.capacity = max(MIN_CAPACITY, int(rate * LENGTH_SECONDS))
