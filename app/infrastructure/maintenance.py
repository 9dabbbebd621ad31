"""Work that no request waits for, done now and then."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from random import uniform

from app.exceptions.base import UnavailableError

logger = logging.getLogger(__name__)

HOUR = 3600.0


@asynccontextmanager
async def repeating(
    work: Callable[[], Awaitable[object]], *, seconds: float = HOUR
) -> AsyncIterator[None]:
    """Do the work again and again, at random moments, so that workers do not do it in step."""
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
