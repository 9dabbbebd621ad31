# Refusals for each served request, up to which clients that repeat need not rest.
MAX_REFUSALS = 20
MIN_ALLOWED = 5.0
# In a period, for clients that repeat a refused request without any pause.
MAX_QUICK_REFUSALS = 1
SMOOTHING = 0.2
# The longest is the time that Retry-After demands.
FIRST_REST_SECONDS, LONGEST_REST_SECONDS = 0.02, 1.0
GROWTH = 4


class RefusalBudget:
    """Bounds the work for refusals in relation to that for requests which are served.

    Some clients repeat a refused request at once. While the budget is exceeded they rest: their
    next request is not read yet.
    """

    def __init__(self) -> None:
        self._served = 0.0
        self._spent = 0

    def spend(self) -> None:
        self._spent += 1

    def is_exceeded(self, *, by_quick: bool) -> bool:
        allowed = max(MIN_ALLOWED, MAX_REFUSALS * self._served)
        return self._spent > (MAX_QUICK_REFUSALS if by_quick else allowed)

    def refill(self, served: int) -> None:
        """Begin a period, after one in which `served` requests have ended."""
        self._served += SMOOTHING * (served - self._served)
        self._spent = 0


def longer_rest(seconds: float) -> float:
    """Return the length of a rest that follows one of `seconds`, or 0.

    A gateway whose requests have piled up sends many without a pause, and soon none; a client in a
    loop rests longer and longer.
    """
    return min(LONGEST_REST_SECONDS, max(FIRST_REST_SECONDS, GROWTH * seconds))
