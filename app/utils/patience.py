"""A timeout that does not blame others for this process being busy."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil

STEP_SECONDS = 0.01


class _Steps:
    """Ends the timeout after so many steps; a busy loop takes longer for each."""

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
def patience(timeout: asyncio.Timeout, *, seconds: float) -> Iterator[None]:
    """Let the timeout end after `seconds` in which the loop had time to read what came."""
    steps = _Steps(timeout, ceil(seconds / STEP_SECONDS))
    try:
        yield
    finally:
        steps.stop()
