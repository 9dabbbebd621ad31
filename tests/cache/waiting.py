import asyncio
from collections.abc import Callable


async def until(claim: Callable[[], bool], *, seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while not claim():  # noqa: ASYNC110 - nobody announces it
            await asyncio.sleep(0.005)
