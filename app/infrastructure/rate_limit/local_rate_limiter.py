"""Rate limiter of a single process."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil

from app.infrastructure.rate_limit.rate_limiter import WINDOW_SECONDS, Decision

MAX_CLIENTS = 100_000


@dataclass(slots=True)
class _Usage:
    """Requests of each second of the clock, oldest first, and their sum."""

    # A list, because an empty deque takes ten times the memory.
    seconds: list[list[int]] = field(default_factory=list)
    total: int = 0

    def drop_before(self, second: int) -> None:
        while self.seconds and self.seconds[0][0] < second:
            self.total -= self.seconds.pop(0)[1]

    def count(self, second: int) -> None:
        if not self.seconds or self.seconds[-1][0] != second:
            self.seconds.append([second, 0])
        self.seconds[-1][1] += 1
        self.total += 1


class LocalRateLimiter:
    """Admits at most `limit` requests of a client in any 60 consecutive seconds.

    Requests are counted per second of the clock, and each second counts in full until all of it
    has left the window. The memory per client does not depend on the limit, and no window
    boundary admits twice the limit. Beyond `max_clients`, the least recently seen clients are
    dropped.
    """

    def __init__(
        self, *, limit: int, monotonic: Callable[[], float], max_clients: int = MAX_CLIENTS
    ) -> None:
        self._limit = limit
        self._monotonic = monotonic
        self._max_clients = max_clients
        self._clients: OrderedDict[str, _Usage] = OrderedDict()

    def admit(self, client: str) -> Decision:
        now = self._monotonic()
        usage = self._usage(client)
        usage.drop_before(int(now) - WINDOW_SECONDS)
        is_admitted = usage.total < self._limit
        if is_admitted:
            usage.count(int(now))
        return Decision(
            is_admitted=is_admitted,
            remaining=self._limit - usage.total,
            reset_after=ceil(usage.seconds[0][0] + WINDOW_SECONDS + 1 - now),
        )

    def _usage(self, client: str) -> _Usage:
        usage = self._clients.get(client)
        if usage is None:
            usage = self._clients[client] = _Usage()
            if len(self._clients) > self._max_clients:
                self._clients.popitem(last=False)
        else:
            self._clients.move_to_end(client)
        return usage
