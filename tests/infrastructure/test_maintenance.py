import asyncio
import logging

import pytest

from app.exceptions.base import UnavailableError
from app.infrastructure.maintenance import run_periodically


async def test_maintenance_continues_after_an_error(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING)
    troubles = [UnavailableError("away"), ValueError("broken")]
    is_done = asyncio.Event()

    async def work() -> None:
        if troubles:
            raise troubles.pop(0)
        is_done.set()

    async with run_periodically(work, seconds=0.001), asyncio.timeout(5):
        await is_done.wait()

    assert [record.getMessage() for record in caplog.records] == ["Maintenance failed"]


async def test_maintenance_stops_with_the_process() -> None:
    is_started = asyncio.Event()

    async def work() -> None:
        is_started.set()
        await asyncio.Event().wait()

    async with run_periodically(work, seconds=0.001), asyncio.timeout(5):
        await is_started.wait()

    assert asyncio.all_tasks() == {asyncio.current_task()}
