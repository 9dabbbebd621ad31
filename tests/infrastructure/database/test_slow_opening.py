import asyncio
from typing import Any, cast

import pytest

from app.infrastructure.database import connections
from app.infrastructure.database.availability import DatabaseAvailability, ProbeTiming
from app.infrastructure.database.connections import Connections
from app.infrastructure.database.pool import ACQUIRE_SECONDS
from tests.support.clock import Clock

# In the proportions of the service, but so long that a stall of the machine ends no wait.
SCALE = 100
WAIT_SECONDS = ACQUIRE_SECONDS * SCALE
OPENING_SECONDS, USE_SECONDS = 10.0 * SCALE, 0.01 * SCALE


class SlowPool:
    """A pool whose first connection takes long to open."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._is_open = False

    async def acquire(self) -> object:
        if not self._is_open:
            self._clock.now += OPENING_SECONDS
            self._is_open = True
        return object()

    async def release(self, *_arguments: object, **_options: object) -> None: ...


class AvailableDatabase(DatabaseAvailability):
    is_up = True


async def test_the_time_to_open_a_connection_does_not_shorten_the_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = Clock()
    monkeypatch.setattr(connections, "monotonic", clock)
    lent = Connections(
        pool=cast("Any", SlowPool(clock)),
        size=1,
        availability=AvailableDatabase("", timing=ProbeTiming()),
        wait_seconds=WAIT_SECONDS,
        record_wait=lambda _seconds: None,
    )

    async def use() -> None:
        async with lent.borrow():
            await asyncio.sleep(0)
            clock.now += USE_SECONDS

    await use()
    await asyncio.gather(*(use() for _ in range(50)))
