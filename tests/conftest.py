"""Private servers for the session, and an application of its own for each test."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from asgi_lifespan import LifespanManager
from starlette.types import ASGIApp

from app.config.settings import Settings
from app.infrastructure.database.migration import migrate
from app.main import create_app
from devtools.postgres import PrivatePostgres
from devtools.private_auth import PrivateAuthService
from devtools.rabbitmq import PrivateRabbitMQ, find_program
from devtools.valkey import PrivateValkey
from tests.database import empty
from tests.server import MakeServer, Server, make_environment
from tests.setup import SECRET, Tokens, client_of, make_settings, miss


def pytest_addoption(parser: pytest.Parser) -> None:
    for program in ("rabbitmq", "chromium"):
        parser.addoption(
            f"--require-{program}", action="store_true", help=f"fail without {program}, not skip"
        )


@pytest.fixture(scope="session", autouse=True)
def marks_directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the marks of the databases that end with the session out of the machine's /tmp."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("marks")))
        yield


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivatePostgres]:
    directory = tmp_path_factory.mktemp("postgres")
    with PrivatePostgres(data_directory=directory, durable=False) as server:
        yield server


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateValkey]:
    """For tests that leave it running; those that harm one start their own."""
    with PrivateValkey(log=tmp_path_factory.mktemp("valkey") / "valkey.log") as server:
        yield server


@pytest.fixture(scope="session")
def keeper() -> Iterator[ThreadPoolExecutor]:
    """The thread that starts and stops servers, which die with the thread that started them."""
    with ThreadPoolExecutor(1) as thread:
        yield thread


@pytest.fixture(scope="session")
def rabbitmq(
    pytestconfig: pytest.Config,
    tmp_path_factory: pytest.TempPathFactory,
    keeper: ThreadPoolExecutor,
) -> Iterator[PrivateRabbitMQ]:
    """One node for all tests of a process, since it takes seconds to start; each has its queues.

    A test that stops it starts it again.
    """
    if find_program() is None:
        miss(pytestconfig, "rabbitmq", "rabbitmq-server", "nothing shows that messages arrive")
    server = PrivateRabbitMQ(directory=tmp_path_factory.mktemp("rabbitmq"))
    keeper.submit(server.start).result()
    yield server
    keeper.submit(server.stop).result()


@pytest.fixture(scope="session")
def auth_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateAuthService]:
    log = tmp_path_factory.mktemp("auth") / "auth.log"
    with PrivateAuthService(secret=SECRET, log=log) as service:
        yield service


@pytest.fixture(scope="session")
def tokens(auth_service: PrivateAuthService) -> Tokens:
    return Tokens(admin=auth_service.token("admin"), user=auth_service.token("user"))


@pytest.fixture(scope="session")
def migrated_url(postgres: PrivatePostgres) -> str:
    url = postgres.create_database("catalogue")
    asyncio.run(migrate(url))
    return url


@pytest.fixture
async def database_url(migrated_url: str) -> str:
    """The database, emptied: tests see real commits, so none can be rolled back."""
    await empty(migrated_url)
    return migrated_url


@pytest.fixture
def settings(database_url: str, auth_service: PrivateAuthService, tmp_path: Path) -> Settings:
    return make_settings(database_url, auth_service.url, tmp_path)


@pytest.fixture
def make_server(database_url: str, auth_service: PrivateAuthService, tmp_path: Path) -> MakeServer:
    def made(*, workers: int = 1, **settings: object) -> Server:
        environment = make_environment(database_url, auth_service.url, tmp_path, **settings)
        return Server(environment=environment, directory=tmp_path, workers=workers)

    return made


@pytest.fixture
async def app(settings: Settings) -> AsyncIterator[ASGIApp]:
    """The application with its lifespan running."""
    async with LifespanManager(create_app(settings)) as manager:
        yield manager.app


@pytest.fixture
async def anonymous(app: ASGIApp) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app) as client:
        yield client


@pytest.fixture
async def user(app: ASGIApp, tokens: Tokens) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app, tokens.user) as client:
        yield client


@pytest.fixture
async def admin(app: ASGIApp, tokens: Tokens) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app, tokens.admin) as client:
        yield client
