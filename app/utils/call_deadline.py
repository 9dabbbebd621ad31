"""Total deadline for an HTTP call; the timeouts of httpx apply to each read."""

import asyncio
from collections.abc import Mapping
from typing import Any


class CallDeadline:
    """Cancels a call whose response arrives so slowly that no read times out.

    Cancelling is safe only while the response is being read. Earlier phases end by the timeouts
    of httpx.
    """

    def __init__(self, ends_at: float) -> None:
        self._ends_at = ends_at
        self._expired = False
        self._reading = False

    def watch(self, call: asyncio.Task[Any]) -> None:
        timer = asyncio.get_running_loop().call_at(self._ends_at, self._expire, call)
        call.add_done_callback(lambda _: timer.cancel())

    async def trace(self, event: str, _info: Mapping[str, Any]) -> None:
        if event.endswith("receive_response_headers.started"):
            self._reading = True
            if self._expired:
                raise TimeoutError

    def _expire(self, call: asyncio.Task[Any]) -> None:
        self._expired = True
        if self._reading:
            call.cancel()
