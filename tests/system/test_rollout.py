"""Two releases side by side behind a proxy: expand, start, fill, stop, contract.

docs/OPERATIONS.md describes this order, under "Changes of the schema".
"""

import asyncio
import itertools
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import httpx
import pytest

from devtools.ports import LOOPBACK
from devtools.postgres import PrivatePostgres
from devtools.private_auth import PrivateAuthService
from devtools.valkey import PrivateValkey
from tests.support.database import migrate_all
from tests.support.next_release import Release
from tests.support.round_robin_proxy import RoundRobinProxy
from tests.support.server import Server, make_environment
from tests.support.settings_and_clients import Tokens
from tests.support.version_traffic import VersionTraffic
from tests.support.waiting import eventually
from tests.widgets.factories import WIDGETS, widget_body

BOUNDED = ("--http", "app.infrastructure.http_protocol:BoundedHttpProtocol")
EXPAND = """    op.execute("ALTER TABLE widgets ADD COLUMN colour text")
"""
# DROP COLUMN would drop the indexes that contain the column: others replace them before.
CONTRACT = """    bind = op.get_bind()
    definitions = bind.exec_driver_sql(
        "SELECT indexdef FROM pg_indexes WHERE tablename = 'widgets'"
        " AND indexdef LIKE '%due_on%' AND indexname <> 'widgets_due_on_idx'"
    ).scalars().all()
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = 0")
        for each in definitions:
            name = each.split()[2]
            text = each.replace("INDEX", "INDEX CONCURRENTLY", 1).replace(name, f"{name}_2", 1)
            op.execute(text.replace("due_on, ", "").replace(", due_on", ""))
    op.execute("ALTER TABLE widgets DROP COLUMN due_on")
"""
FILL = """
    UPDATE widgets SET colour = 'none' WHERE id IN (
        SELECT id FROM widgets WHERE colour IS NULL ORDER BY id LIMIT 10 FOR UPDATE SKIP LOCKED
    )
"""
READS = 100


@dataclass(frozen=True, kw_only=True)
class Platform:
    """Servers that all releases share, and the folder for their logs."""

    database_url: str
    auth_url: str
    redis_url: str
    directory: Path

    def environment(self, release: Release | None = None) -> dict[str, str]:
        folder = {"pythonpath": str(release.folder)} if release else {}
        return make_environment(
            *(self.database_url, self.auth_url, self.directory), redis_url=self.redis_url, **folder
        )

    def server(self, name: str, release: Release | None = None) -> Server:
        directory = self.directory / name
        directory.mkdir()
        environment = self.environment(release)
        return Server(environment=environment, directory=directory, options=BOUNDED)


@pytest.fixture
async def platform(
    postgres: PrivatePostgres,
    auth_service: PrivateAuthService,
    valkey: PrivateValkey,
    tmp_path: Path,
) -> Platform:
    url = postgres.create_database("rollout")
    await migrate_all(url)
    return Platform(
        database_url=url, auth_url=auth_service.url, redis_url=valkey.url, directory=tmp_path
    )


@pytest.fixture
async def direct(platform: Platform) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(platform.database_url)
    yield connection
    await connection.close()


@pytest.fixture
def second(tmp_path: Path) -> Release:
    """It has one field more, and no longer uses another one."""
    release = Release(tmp_path / "second")
    release.change_fields(added="colour:str(20)?", removed="due_on")
    release.add_migration("expand", EXPAND)
    return release


@pytest.fixture
def third(tmp_path: Path) -> Release:
    release = Release(tmp_path / "third")
    release.add_migration("expand", EXPAND)
    release.add_migration("contract", CONTRACT)
    return release


async def test_a_roll_out_with_migrations_fails_no_request_and_returns_nothing_stale(
    platform: Platform, second: Release, third: Release, direct: asyncpg.Connection, tokens: Tokens
) -> None:
    old, new = platform.server("old"), platform.server("new", second)
    async with RoundRobinProxy(old.port) as proxy, started(old), stopping(new):
        clients = (client_of(proxy, tokens, keeps=number % 2) for number in itertools.count())
        traffic = VersionTraffic(clients.__next__, pause=0.05)
        async with asyncio.TaskGroup() as group:
            group.create_task(traffic.run(readers=6, writers=2))
            await more_reads(traffic)

            await second.migrate(platform.environment(second))
            await more_reads(traffic)
            await asyncio.to_thread(new.start)
            proxy.targets.append(new.port)
            await more_reads(traffic)
            while await direct.execute(FILL) != "UPDATE 0":
                await more_reads(traffic)

            # uvicorn ends by the signal that it has handled.
            assert await asyncio.to_thread(old.stop) == -signal.SIGTERM
            await third.migrate(platform.environment(third))
            await more_reads(traffic)
            traffic.stop()
        await require_second_release(next(clients))

    assert traffic.history.stale == []
    assert min(proxy.accepted[old.port], proxy.accepted[new.port]) > READS / 5
    assert "Traceback" not in old.output + new.output


async def more_reads(traffic: VersionTraffic) -> None:
    wanted = traffic.history.reads + READS
    await eventually(lambda: traffic.history.reads >= wanted)


async def require_second_release(client: httpx.AsyncClient) -> None:
    """Check that it is ready on the newest schema, and uses its own fields."""
    async with client:
        assert (await client.get("/health/ready")).status_code == 200
        widget = (await client.post(WIDGETS, json=widget_body(colour="red"))).json()
    assert widget["colour"] == "red"
    assert "due_on" not in widget


def client_of(proxy: RoundRobinProxy, tokens: Tokens, *, keeps: int) -> httpx.AsyncClient:
    """Return a client that keeps a connection, or opens one for each request."""
    return httpx.AsyncClient(
        base_url=f"http://{LOOPBACK}:{proxy.port}",
        headers={"Authorization": f"Bearer {tokens.admin}"},
        limits=httpx.Limits(max_keepalive_connections=keeps),
        trust_env=False,
        timeout=15,
    )


@asynccontextmanager
async def started(server: Server) -> AsyncIterator[None]:
    async with stopping(server):
        await asyncio.to_thread(server.start)
        yield


@asynccontextmanager
async def stopping(server: Server) -> AsyncIterator[None]:
    try:
        yield
    finally:
        await asyncio.to_thread(server.stop)
