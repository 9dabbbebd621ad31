"""A real PgBouncer in front of a database of its own."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, TypeAlias, get_args

import asyncpg
import pytest
from asgi_lifespan import LifespanManager

from app.config.database_url import Pooling
from app.config.settings import Settings
from app.infrastructure.database.migration import migrate_service
from app.infrastructure.resources import Resources
from devtools.pgbouncer import PrivatePgBouncer, find_pgbouncer
from devtools.postgres import PrivatePostgres
from devtools.private_auth import PrivateAuthService
from tests.support.database import delete_all_rows, migrate_all
from tests.support.running_service import RunningService
from tests.support.service import create_app
from tests.support.settings_and_clients import Tokens, make_client, make_settings, skip_or_fail

MODES = get_args(Pooling)
DATABASE = "pooled"
MakePooler: TypeAlias = Callable[..., PrivatePgBouncer]


@pytest.fixture(scope="session")
def pooled_url(postgres: PrivatePostgres, pytestconfig: pytest.Config) -> str:
    """Return a database of its own: `migrate` changes the settings of a role in it."""
    if find_pgbouncer() is None:
        skip_or_fail(pytestconfig, "pgbouncer", "pgbouncer", "no connection pooler is tried")
    url = postgres.create_database(DATABASE)
    asyncio.run(migrate_all(url))
    return url


@pytest.fixture
def make_pooler(
    pooled_url: str, tmp_path: Path, server_thread: ThreadPoolExecutor
) -> Iterator[MakePooler]:
    started: list[PrivatePgBouncer] = []

    def make(mode: Pooling, **options: Any) -> PrivatePgBouncer:
        pooler = PrivatePgBouncer(
            pooled_url, directory=tmp_path / "pgbouncer", pool_mode=mode, **options
        )
        server_thread.submit(pooler.start).result()
        started.append(pooler)
        return pooler

    yield make
    for pooler in started:
        server_thread.submit(pooler.stop).result()


@pytest.fixture(params=MODES)
def pooler(request: pytest.FixtureRequest, make_pooler: MakePooler) -> PrivatePgBouncer:
    # Fewer connections than the service uses, where the pooler can share them.
    return make_pooler(request.param, pool_size=4 if request.param == "transaction" else 20)


@pytest.fixture
async def direct(pooled_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection past the pooler."""
    await delete_all_rows(pooled_url)
    connection = await asyncpg.connect(pooled_url)
    yield connection
    await connection.close()


@pytest.fixture
def settings(
    pooler: PrivatePgBouncer, auth_service: PrivateAuthService, tmp_path: Path
) -> Settings:
    return make_settings(
        pooler.url,
        auth_service.url,
        tmp_path,
        database_pooling=pooler.pool_mode,
        database_pool_size=10,
    )


@pytest.fixture
async def service(
    settings: Settings, tokens: Tokens, direct: asyncpg.Connection
) -> AsyncIterator[RunningService]:
    await direct.execute(f'ALTER ROLE CURRENT_USER IN DATABASE "{DATABASE}" RESET ALL')
    await migrate_service(settings)
    async with AsyncExitStack() as stack:
        manager = await stack.enter_async_context(LifespanManager(create_app(settings)))
        admin = await stack.enter_async_context(make_client(manager.app, tokens.admin))
        resources: Resources = manager._state["resources"]  # noqa: SLF001 - no other way in
        yield RunningService(admin=admin, resources=resources)
