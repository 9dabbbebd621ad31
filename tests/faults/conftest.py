"""A PostgreSQL that may be killed, behind a proxy that may do anything."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import TypeAlias
from urllib.parse import urlsplit

import asyncpg
import httpx
import pytest
from asgi_lifespan import LifespanManager

from app.infrastructure.database.migration import migrate
from app.infrastructure.resources import Resources
from app.main import create_app
from devtools.fault_proxy import FaultProxy
from devtools.postgres import PrivatePostgres
from devtools.private_auth import PrivateAuthService
from tests.database import empty
from tests.faults.running import Catalogue
from tests.setup import Tokens, client_of, make_settings

OpenCatalogue: TypeAlias = Callable[..., AbstractAsyncContextManager[Catalogue]]


@pytest.fixture(scope="session")
def victim(
    tmp_path_factory: pytest.TempPathFactory, keeper: ThreadPoolExecutor
) -> Iterator[PrivatePostgres]:
    """Durable, since what it acknowledged is looked for after a crash."""
    server = PrivatePostgres(data_directory=tmp_path_factory.mktemp("victim"))
    keeper.submit(server.start).result()
    yield server
    keeper.submit(server.stop).result()


@pytest.fixture(scope="session")
def victim_url(victim: PrivatePostgres) -> str:
    url = victim.create_database("catalogue")
    asyncio.run(migrate(url))
    return url


@pytest.fixture
async def direct_url(victim_url: str) -> str:
    """The emptied database, past the proxy."""
    await empty(victim_url)
    return victim_url


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
def open_catalogue(
    proxied_url: str, auth_service: PrivateAuthService, tokens: Tokens, tmp_path: Path
) -> OpenCatalogue:
    """The service in this process, so that its tasks and connections can be counted."""

    @asynccontextmanager
    async def opened(**overrides: object) -> AsyncIterator[Catalogue]:
        settings = make_settings(proxied_url, auth_service.url, tmp_path, **overrides)
        application = create_app(settings)
        async with (
            LifespanManager(application, startup_timeout=15, shutdown_timeout=15) as manager,
            client_of(manager.app, tokens.admin) as admin,
        ):
            resources: Resources = manager._state["resources"]  # noqa: SLF001 - no other way in
            yield Catalogue(admin=admin, resources=resources)

    return opened


@pytest.fixture
async def catalogue(open_catalogue: OpenCatalogue) -> AsyncIterator[Catalogue]:
    async with open_catalogue() as opened:
        yield opened


@pytest.fixture
def admin(catalogue: Catalogue) -> httpx.AsyncClient:
    return catalogue.admin
