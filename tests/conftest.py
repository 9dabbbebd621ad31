"""Private servers for the session, and one application for each test."""

import asyncio
import os
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from asgi_lifespan import LifespanManager
from starlette.types import ASGIApp

from app.config.settings import Settings
from devtools.postgres import PrivatePostgres
from devtools.private_auth import PrivateAuthService
from devtools.rabbitmq import PrivateRabbitMQ, find_program
from devtools.valkey import PrivateValkey
from tests.support.database import delete_all_rows, migrate_all
from tests.support.server import TEST_SERVICE, MakeServer, Server, make_environment
from tests.support.service import create_app
from tests.support.settings_and_clients import (
    SECRET,
    Tokens,
    make_client,
    make_settings,
    skip_or_fail,
)

# A shell that starts the suite in the background ignores this signal, and so would every process
# that a test starts and interrupts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

pytest_plugins = ("tests.support.consumer_fixtures",)


def pytest_addoption(parser: pytest.Parser) -> None:
    for program in ("rabbitmq", "chromium", "pgbouncer", "prometheus"):
        parser.addoption(
            f"--require-{program}", action="store_true", help=f"fail without {program}, not skip"
        )
    parser.addoption(
        "--list-rows", type=int, default=100_000, help="size of the table whose lists are measured"
    )


def pytest_xdist_auto_num_workers() -> int:
    """Return the workers of `-n auto`: on few cores more than these, as tests often wait."""
    cores = os.cpu_count() or 1
    return max(cores, min(cores + cores // 2, 8))


@pytest.fixture(scope="session", autouse=True)
def generations_directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the generation files of the test databases out of the machine's /tmp."""
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
    """A server shared by the session. A test that stops or changes a server starts its own."""
    with PrivateValkey(log=tmp_path_factory.mktemp("valkey") / "valkey.log") as server:
        yield server


@pytest.fixture(scope="session")
def server_thread() -> Iterator[ThreadPoolExecutor]:
    """The thread that starts all servers. A server stops when the thread that started it ends."""
    with ThreadPoolExecutor(1) as thread:
        yield thread


@pytest.fixture(scope="session")
def rabbitmq(
    pytestconfig: pytest.Config,
    tmp_path_factory: pytest.TempPathFactory,
    server_thread: ThreadPoolExecutor,
) -> Iterator[PrivateRabbitMQ]:
    """One node for the session, because a start takes seconds. Each test uses its own queues.

    A test that stops the node starts it again.
    """
    if find_program() is None:
        skip_or_fail(pytestconfig, "rabbitmq", "rabbitmq-server", "message delivery is not tested")
    server = PrivateRabbitMQ(directory=tmp_path_factory.mktemp("rabbitmq"))
    server_thread.submit(server.start).result()
    yield server
    server_thread.submit(server.stop).result()


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
    url = postgres.create_database("service")
    asyncio.run(migrate_all(url))
    return url


@pytest.fixture
async def database_url(migrated_url: str) -> str:
    """The URL of the emptied database. Tests commit, so a rollback could not clean up."""
    await delete_all_rows(migrated_url)
    return migrated_url


@pytest.fixture
def settings(database_url: str, auth_service: PrivateAuthService, tmp_path: Path) -> Settings:
    return make_settings(database_url, auth_service.url, tmp_path)


@pytest.fixture
def make_server(database_url: str, auth_service: PrivateAuthService, tmp_path: Path) -> MakeServer:
    def made(
        *options: str, workers: int = 1, application: str = TEST_SERVICE, **settings: object
    ) -> Server:
        environment = make_environment(database_url, auth_service.url, tmp_path, **settings)
        return Server(
            environment=environment,
            directory=tmp_path,
            workers=workers,
            options=options,
            application=application,
        )

    return made


@pytest.fixture
def long_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let requests wait for a connection for as long as a busy machine needs."""
    monkeypatch.setattr("app.infrastructure.database.opening.ACQUIRE_SECONDS", 30)


@pytest.fixture
async def app(settings: Settings) -> AsyncIterator[ASGIApp]:
    """The application with its lifespan running."""
    async with LifespanManager(create_app(settings)) as manager:
        yield manager.app


@pytest.fixture
async def anonymous(app: ASGIApp) -> AsyncIterator[httpx.AsyncClient]:
    async with make_client(app) as client:
        yield client


@pytest.fixture
async def user(app: ASGIApp, tokens: Tokens) -> AsyncIterator[httpx.AsyncClient]:
    async with make_client(app, tokens.user) as client:
        yield client


@pytest.fixture
async def admin(app: ASGIApp, tokens: Tokens) -> AsyncIterator[httpx.AsyncClient]:
    async with make_client(app, tokens.admin) as client:
        yield client
