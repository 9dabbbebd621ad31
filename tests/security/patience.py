import asyncio
from collections.abc import Callable


async def until(condition: Callable[[], bool]) -> None:
    """Look again and again, for at most five seconds."""
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - what is waited for knows no event
            await asyncio.sleep(0.005)
