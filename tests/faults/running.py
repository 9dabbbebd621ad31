"""Waiting for a service in this process, and counting what it holds."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import httpx

import app
from app.infrastructure.resources import Resources
from tests.faults.outcomes import unread


@dataclass(frozen=True)
class Catalogue:
    admin: httpx.AsyncClient
    resources: Resources

    async def serves(self) -> bool:
        return (await self.admin.get(unread())).status_code == 200

    async def is_ready(self) -> bool:
        return (await self.admin.get("/health/ready")).status_code == 200

    async def is_down(self) -> bool:
        return not await self.is_ready()


async def eventually(claim: Callable[[], Awaitable[bool]], *, seconds: float = 30) -> None:
    async with asyncio.timeout(seconds):
        while not await claim():  # noqa: ASYNC110 - what is waited for cannot tell
            await asyncio.sleep(0.02)


async def are_waiting(direct: asyncpg.Connection, count: int) -> bool:
    """Return whether so many statements wait for a lock."""
    waiting: int = await direct.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted")
    return waiting == count


async def is_idle(direct: asyncpg.Connection) -> bool:
    """Return whether no statement or transaction of the service is under way."""
    busy = await direct.fetchval(
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1 AND state <> 'idle'",
        app.__slug__,
    )
    return bool(busy == 0)


async def require_all_lendable(
    catalogue: Catalogue, direct: asyncpg.Connection, *, size: int
) -> None:
    """Check that as many requests as the pool is large can be inside the database at once."""
    async with direct.transaction():
        await direct.execute("LOCK TABLE products")
        reads = [asyncio.create_task(catalogue.serves()) for _ in range(size)]
        await eventually(lambda: are_waiting(direct, size))
    assert all(await asyncio.gather(*reads))


def held() -> tuple[int, int]:
    """Count the open files and the tasks of this process."""
    return len(list(Path("/proc/self/fd").iterdir())), len(asyncio.all_tasks())
