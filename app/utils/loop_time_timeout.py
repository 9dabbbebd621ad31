"""A timeout that counts only time in which the event loop was responsive."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil

STEP_SECONDS = 0.01


class _StepCounter:
    """Expires a timeout after `count` steps; a step takes longer while the loop is busy."""

    def __init__(self, timeout: asyncio.Timeout, count: int) -> None:
        self._timeout = timeout
        self._left = count
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_later(STEP_SECONDS, self._step)

    def _step(self) -> None:
        self._left -= 1
        if self._left:
            self._timer = self._loop.call_later(STEP_SECONDS, self._step)
        else:
            self._timeout.reschedule(self._loop.time())

    def stop(self) -> None:
        self._timer.cancel()


@contextmanager
def loop_time_timeout(timeout: asyncio.Timeout, *, seconds: float) -> Iterator[None]:
    """Expire `timeout` after `seconds` in which the event loop could process input."""
    counter = _StepCounter(timeout, ceil(seconds / STEP_SECONDS))
    try:
        yield
    finally:
        counter.stop()
