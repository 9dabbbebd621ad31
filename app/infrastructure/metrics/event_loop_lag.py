import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.ports.metrics import Histogram, Metrics

INTERVAL_SECONDS = 1.0


@asynccontextmanager
async def measure_event_loop_lag(metrics: Metrics) -> AsyncIterator[None]:
    """Measure once a second how much later than due the event loop runs a timer."""
    task = asyncio.create_task(_measure(metrics.histogram("event_loop_lag_seconds")))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _measure(lag: Histogram) -> None:
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + INTERVAL_SECONDS
        await asyncio.sleep(INTERVAL_SECONDS)
        # Timers of uvloop have milliseconds, and may come too early by a part of one.
        lag.observe(max(0.0, loop.time() - due))
