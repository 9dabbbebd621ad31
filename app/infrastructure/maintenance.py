"""Run periodic background work, such as the removal of expired rows."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from random import uniform

from app.exceptions.base import UnavailableError

logger = logging.getLogger(__name__)

HOUR_SECONDS = 3600.0


@asynccontextmanager
async def run_periodically(
    work: Callable[[], Awaitable[object]], *, seconds: float = HOUR_SECONDS
) -> AsyncIterator[None]:
    """Run `work` every `seconds` on average; jitter keeps workers from running it together."""
    task = asyncio.create_task(_repeat(work, seconds))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _repeat(work: Callable[[], Awaitable[object]], seconds: float) -> None:
    while True:
        await asyncio.sleep(uniform(0, 2 * seconds))  # noqa: S311 - jitter
        try:
            await work()
        except UnavailableError:
            continue
        except Exception:
            logger.exception("Maintenance failed")
