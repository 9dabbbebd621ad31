"""Wait for a condition."""

import asyncio
from collections.abc import Awaitable, Callable


async def eventually(
    condition: Callable[[], bool | Awaitable[bool]], *, seconds: float = 60
) -> None:
    """Check the condition until it is true. Raise TimeoutError after `seconds`."""
    async with asyncio.timeout(seconds):
        while not await _is_true(condition):  # noqa: ASYNC110 - any condition can be given
            await asyncio.sleep(0.005)


async def _is_true(condition: Callable[[], bool | Awaitable[bool]]) -> bool:
    result = condition()
    return result if isinstance(result, bool) else await result
