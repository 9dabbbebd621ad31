from collections import deque
from collections.abc import Callable

# Refusals for each served request. Up to ten times the capacity, clients get theirs at once.
MAX_REFUSALS = 20
# The same for clients that repeat a refused request without any pause.
MAX_QUICK_REFUSALS = 1
MIN_ALLOWED = 5.0
SMOOTHING = 0.2
# After as many periods a resting client is read again in any case.
MAX_REST_PERIODS = 100


class RefusalBudget:
    """Bounds the work for refusals in relation to that for requests which are served.

    Some clients repeat a refused request at once. While the budget is exceeded they rest: their
    next request is not read yet, for up to two seconds with periods of SAMPLE_SECONDS.
    """

    def __init__(self) -> None:
        self._served = 0.0
        self._spent = 0
        self._period = 0
        self._resting: deque[tuple[int, Callable[[], None]]] = deque()

    @property
    def has_resting(self) -> bool:
        return bool(self._resting)

    def spend(self) -> None:
        self._spent += 1

    def is_exceeded(self, *, by_quick: bool) -> bool:
        return self._spent > self._allowed(MAX_QUICK_REFUSALS if by_quick else MAX_REFUSALS)

    def rest(self, resume: Callable[[], None]) -> None:
        """Call `resume` when the budget allows."""
        self._resting.append((self._period, resume))

    def refill(self, served: int) -> None:
        """Begin a period, after one in which `served` requests have ended."""
        self._served += SMOOTHING * (served - self._served)
        self._spent = 0
        self._period += 1
        affordable = int(self._allowed(MAX_QUICK_REFUSALS))
        while self._resting and (affordable > 0 or self._longest_rest >= MAX_REST_PERIODS):
            self._resting.popleft()[1]()
            affordable -= 1

    @property
    def _longest_rest(self) -> int:
        return self._period - self._resting[0][0]

    def _allowed(self, per_served: int) -> float:
        return max(MIN_ALLOWED, per_served * self._served)
