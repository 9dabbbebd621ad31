"""The service in a process of its own, and what its metrics say about the requests of a test."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
import pytest

from devtools.ports import free_port
from devtools.private_auth import PrivateAuthService
from devtools.valkey import PrivateValkey
from tests.support.scraping import metrics_client, read_metrics
from tests.support.server import Server, make_environment
from tests.support.waiting import eventually

PROTOCOL = "app.infrastructure.http_protocol:BoundedHttpProtocol"


@dataclass
class Measured:
    """A server whose metrics are compared before and after requests."""

    server: Server
    metrics_port: int

    @asynccontextmanager
    async def expecting(self, prefix: str, expected: Mapping[str, float]) -> AsyncIterator[None]:
        """Check that the requests of the block add exactly this to series with the prefix.

        Of a histogram, only the number of values is compared.
        """
        async with metrics_client(self.metrics_port) as client:
            before = await read_metrics(client)
            yield

            async def added() -> dict[str, float]:
                after = await read_metrics(client)
                growth = {name: value - before.get(name, 0) for name, value in after.items()}
                return {n: v for n, v in growth.items() if v and is_compared(n, prefix)}

            await eventually_equal(added, expected)


def is_compared(name: str, prefix: str) -> bool:
    metric = name.partition("{")[0]
    return metric.startswith(prefix) and not metric.endswith(("_bucket", "_sum", "_created"))


async def eventually_equal(
    read: Callable[[], Awaitable[dict[str, float]]], expected: Mapping[str, float]
) -> None:
    """Wait, because metrics that are read often may be some milliseconds old."""
    found: dict[str, float] = {}

    async def is_equal() -> bool:
        nonlocal found
        found = await read()
        return found == expected

    try:
        await eventually(is_equal, seconds=5)
    except TimeoutError:
        assert found == expected


@pytest.fixture(scope="module")
def measured(
    migrated_url: str,
    auth_service: PrivateAuthService,
    valkey: PrivateValkey,
    tmp_path_factory: pytest.TempPathFactory,
    server_thread: ThreadPoolExecutor,
) -> Iterator[Measured]:
    """One worker with Redis; each test uses records of its own."""
    directory, port = tmp_path_factory.mktemp("measured"), free_port()
    environment = make_environment(
        *(migrated_url, auth_service.url, directory),
        metrics_port=port,
        redis_url=valkey.url,
        service_name="measured",
        max_body_bytes=1000,
    )
    options = ("--http", PROTOCOL, "--no-access-log")
    server = Server(environment=environment, directory=directory, options=options)
    server_thread.submit(server.start).result()
    yield Measured(server, port)
    server_thread.submit(server.stop).result()


@pytest.fixture
async def client(measured: Measured, admin_token: str) -> AsyncIterator[httpx.AsyncClient]:
    async with measured.server.async_client(admin_token) as opened:
        yield opened


@pytest.fixture(scope="session")
def admin_token(auth_service: PrivateAuthService) -> str:
    return auth_service.token("admin")
