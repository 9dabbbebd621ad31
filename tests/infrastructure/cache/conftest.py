from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import asyncpg
import pytest

from app.config.settings import Settings
from app.infrastructure.cache.generation_table import GenerationTable
from app.infrastructure.cache.heartbeat import Heartbeat
from app.infrastructure.cache.local_cache import LocalCache
from app.infrastructure.database.opening import open_database
from app.infrastructure.database.postgres_database import PostgresDatabase
from devtools.fault_proxy import FaultProxy
from devtools.valkey import PrivateValkey
from tests.support.cache_machines import Machine, OpenMachine, copy_settings, open_machine_in
from tests.support.clock import Clock


@pytest.fixture
def own_valkey(tmp_path: Path) -> Iterator[PrivateValkey]:
    """A server for one test, which may stop, kill or reconfigure it."""
    with PrivateValkey(log=tmp_path / "valkey.log") as server:
        yield server


@pytest.fixture
async def proxy(own_valkey: PrivateValkey) -> AsyncIterator[FaultProxy]:
    async with FaultProxy(target=own_valkey.port) as running:
        yield running


@pytest.fixture
def proxied_url(own_valkey: PrivateValkey, proxy: FaultProxy) -> str:
    return own_valkey.url.replace(f":{own_valkey.port}/", f":{proxy.port}/")


@pytest.fixture
async def direct(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[PostgresDatabase]:
    async with open_database(settings) as opened:
        yield opened


@pytest.fixture
def open_machine(settings: Settings, database: PostgresDatabase, tmp_path: Path) -> OpenMachine:
    """Open a machine of the given name. Machines of different names share no generations."""

    def opened(
        name: str = "here", redis_url: str | None = None, *, waits_for_redis: bool = True
    ) -> AbstractAsyncContextManager[Machine]:
        directory = tmp_path / name
        directory.mkdir(exist_ok=True)
        own = copy_settings(settings, redis_url)
        return open_machine_in(directory, own, database, waits_for_redis=waits_for_redis)

    return opened


@pytest.fixture
def generations(tmp_path: Path) -> GenerationTable:
    return GenerationTable.map(tmp_path / "some.marks")


@pytest.fixture
def clock() -> Clock:
    return Clock(0.0)


@pytest.fixture
def heartbeat() -> Heartbeat:
    return Heartbeat()


@pytest.fixture
def cache(generations: GenerationTable, heartbeat: Heartbeat, clock: Clock) -> LocalCache[str]:
    return LocalCache(
        generations=generations,
        heartbeat=heartbeat,
        ttl_seconds=100,
        monotonic=clock,
        max_bytes=20_000,
    )
