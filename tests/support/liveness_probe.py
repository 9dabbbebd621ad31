import asyncio
import time
from typing import Self

from tests.support.raw_http import exchange

LIVE = b"GET /health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"


class LivenessProbe:
    """Opens a connection for each probe, as an orchestrator does."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.latencies: list[float] = []

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *exception: object) -> None:
        self._task.cancel()

    async def _run(self) -> None:
        while True:
            started = time.perf_counter()
            (response,) = await exchange(self._port, [LIVE])
            assert response.status == 200
            self.latencies.append(time.perf_counter() - started)
            await asyncio.sleep(0.05)
