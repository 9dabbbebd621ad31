"""A service in the test process, and counts of its resources."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import asyncpg
import httpx

import app
from app.infrastructure.resources import Resources
from tests.support.traffic import uncached_list_url
from tests.support.waiting import eventually


@dataclass(frozen=True)
class RunningService:
    admin: httpx.AsyncClient
    resources: Resources

    async def serves(self) -> bool:
        return (await self.admin.get(uncached_list_url())).status_code == 200

    async def is_ready(self) -> bool:
        return (await self.admin.get("/health/ready")).status_code == 200

    async def is_down(self) -> bool:
        return not await self.is_ready()


OpenService: TypeAlias = Callable[..., AbstractAsyncContextManager[RunningService]]


async def has_lock_waiters(direct: asyncpg.Connection, count: int) -> bool:
    """Return whether exactly `count` statements wait for a lock."""
    waiting: int = await direct.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted")
    return waiting == count


async def is_idle(direct: asyncpg.Connection) -> bool:
    """Return whether no statement or transaction of the service is running."""
    busy = await direct.fetchval(
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1 AND state <> 'idle'",
        app.__slug__,
    )
    return bool(busy == 0)


async def require_all_connections_usable(
    service: RunningService, direct: asyncpg.Connection, *, size: int
) -> None:
    """Check that every connection of the pool can be used at the same time."""
    async with direct.transaction():
        await direct.execute("LOCK TABLE widgets")
        reads = [asyncio.create_task(service.serves()) for _ in range(size)]
        await eventually(lambda: has_lock_waiters(direct, size))
    assert all(await asyncio.gather(*reads))


def count_resources() -> tuple[int, int]:
    """Return the numbers of open files and of tasks of this process."""
    return len(list(Path("/proc/self/fd").iterdir())), len(asyncio.all_tasks())
