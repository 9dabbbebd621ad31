"""A PostgreSQL server that tests may kill, behind a proxy that simulates faults."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import httpx
import pytest
from asgi_lifespan import LifespanManager

from app.infrastructure.resources import Resources
from devtools.fault_proxy import FaultProxy
from devtools.postgres import PrivatePostgres
from devtools.private_auth import PrivateAuthService
from tests.support.database import delete_all_rows, migrate_all
from tests.support.running_service import OpenService, RunningService
from tests.support.service import create_app
from tests.support.settings_and_clients import Tokens, make_client, make_settings


@pytest.fixture(scope="session")
def own_postgres(
    tmp_path_factory: pytest.TempPathFactory, server_thread: ThreadPoolExecutor
) -> Iterator[PrivatePostgres]:
    """A durable server, because acknowledged rows are checked after a crash."""
    server = PrivatePostgres(data_directory=tmp_path_factory.mktemp("own_postgres"))
    server_thread.submit(server.start).result()
    yield server
    server_thread.submit(server.stop).result()


@pytest.fixture(scope="session")
def own_postgres_url(own_postgres: PrivatePostgres) -> str:
    url = own_postgres.create_database("service")
    asyncio.run(migrate_all(url))
    return url


@pytest.fixture
async def direct_url(own_postgres_url: str) -> str:
    """The URL of the emptied database, without the proxy."""
    await delete_all_rows(own_postgres_url)
    return own_postgres_url


@pytest.fixture
async def direct(direct_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(direct_url)
    yield connection
    await connection.close()


@pytest.fixture
async def proxy(direct_url: str) -> AsyncIterator[FaultProxy]:
    port = urlsplit(direct_url).port
    assert port is not None
    async with FaultProxy(target=port) as running:
        yield running


@pytest.fixture
def proxied_url(direct_url: str, proxy: FaultProxy) -> str:
    return direct_url.replace(f":{urlsplit(direct_url).port}/", f":{proxy.port}/")


@pytest.fixture
def open_service(
    proxied_url: str, auth_service: PrivateAuthService, tokens: Tokens, tmp_path: Path
) -> OpenService:
    """Open the service in the test process, so that its tasks and connections can be counted."""

    @asynccontextmanager
    async def opened(**overrides: object) -> AsyncIterator[RunningService]:
        settings = make_settings(proxied_url, auth_service.url, tmp_path, **overrides)
        application = create_app(settings)
        async with (
            LifespanManager(application, startup_timeout=15, shutdown_timeout=15) as manager,
            make_client(manager.app, tokens.admin) as admin,
        ):
            resources: Resources = manager._state["resources"]  # noqa: SLF001 - no public access
            yield RunningService(admin=admin, resources=resources)

    return opened


@pytest.fixture
async def service(open_service: OpenService) -> AsyncIterator[RunningService]:
    async with open_service() as opened:
        yield opened


@pytest.fixture
def admin(service: RunningService) -> httpx.AsyncClient:
    return service.admin
