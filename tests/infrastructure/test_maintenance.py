import asyncio
import logging

import pytest

from app.exceptions.base import UnavailableError
from app.infrastructure.maintenance import repeating


async def test_maintenance_goes_on_after_whatever_went_wrong(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING)
    troubles = [UnavailableError("away"), ValueError("broken")]
    is_done = asyncio.Event()

    async def work() -> None:
        if troubles:
            raise troubles.pop(0)
        is_done.set()

    async with repeating(work, seconds=0.001), asyncio.timeout(5):
        await is_done.wait()

    assert [record.getMessage() for record in caplog.records] == ["Maintenance failed"]


async def test_maintenance_ends_with_the_process() -> None:
    is_started = asyncio.Event()

    async def work() -> None:
        is_started.set()
        await asyncio.Event().wait()

    async with repeating(work, seconds=0.001), asyncio.timeout(5):
        await is_started.wait()

    assert asyncio.all_tasks() == {asyncio.current_task()}
