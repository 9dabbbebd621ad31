from collections import deque
from collections.abc import Callable

MAX_RUNNING = 32


class BriefRequests:
    """Bounds the requests for cached responses that run in one iteration of the event loop.

    Each is served within microseconds and needs no bound of its own, but a thousand of them in one
    iteration would delay everything else.
    """

    def __init__(self) -> None:
        self._running = 0
        self._waiting: deque[Callable[[], None]] = deque()

    def enter(self, run: Callable[[], None]) -> None:
        """Call `run` now or when others have ended; `leave` must follow it."""
        if self._running < MAX_RUNNING:
            self._running += 1
            run()
        else:
            self._waiting.append(run)

    def leave(self) -> None:
        if self._waiting:
            self._waiting.popleft()()
        else:
            self._running -= 1
