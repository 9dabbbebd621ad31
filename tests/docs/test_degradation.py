"""docs/DEGRADATION.md: what each route does while a dependency is really down, silent or slow."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from starlette.types import ASGIApp

from app.config.settings import Settings
from devtools.fault_proxy import FaultProxy
from devtools.private_auth import PrivateAuthService
from devtools.valkey import PrivateValkey
from tests.docs.degradation import SUCCESS, Cell, Operation, Row, operations, other_paths, rows
from tests.problems import problem_of
from tests.setup import client_of, running

TABLE = rows()
OPERATIONS = operations()
READS = [operation for operation in OPERATIONS if operation.method == "get"]
WRITES = [operation for operation in OPERATIONS if operation.method != "get"]
DEPENDENCIES = ("PostgreSQL", "Redis", "RabbitMQ", "auth service")
WAYS = {"down", "silent", "slow"}
ONE_WAY_SECONDS = 0.1

pytestmark = pytest.mark.skipif(not READS, reason="there is no domain whose routes could be asked")

_numbers = count(1)


@dataclass(frozen=True)
class Site:
    """The service behind proxies, with two records in each collection; `kept` was read before."""

    app: ASGIApp
    admin: httpx.AsyncClient
    new_token: Callable[[], str]
    kept: dict[str, int]
    unread: dict[str, int]

    async def ask_as_stranger(self, operation: Operation, identity: int = 1) -> httpx.Response:
        async with client_of(self.app, self.new_token()) as stranger:
            return await operation.call(stranger, identity)


@pytest.fixture
async def proxies(
    database_url: str, valkey: PrivateValkey, auth_service: PrivateAuthService
) -> AsyncIterator[dict[str, FaultProxy]]:
    # Nothing is ever forwarded to a broker: whatever listens will do for it.
    targets = (urlsplit(database_url).port, valkey.port, valkey.port, auth_service.port)
    async with AsyncExitStack() as stack:
        yield {
            name: await stack.enter_async_context(FaultProxy(target=port))
            for name, port in zip(DEPENDENCIES, targets, strict=True)
            if port is not None
        }


@pytest.mark.parametrize("name", TABLE)
async def test_what_happens_is_what_the_table_says(
    name: str,
    settings: Settings,
    proxies: dict[str, FaultProxy],
    valkey: PrivateValkey,
    auth_service: PrivateAuthService,
) -> None:
    dependency, _, way = name.rpartition(" ")
    overrides = _through(proxies, settings, valkey)
    if dependency == "RabbitMQ":
        harm(proxies[dependency], way)
        overrides["rabbitmq_url"] = f"amqp://127.0.0.1:{proxies[dependency].port}/"
        overrides["event_subscribers"] = ["http://localhost:8002/api/v1/orders"]
    async with running(settings, **overrides) as app, opened_site(app, auth_service) as site:
        harm(proxies[dependency], way)
        await _require(site, TABLE[name])
        proxies[dependency].delay = 0
        proxies[dependency].thaw()


def test_the_table_names_every_dependency_and_every_way() -> None:
    named = [name.rpartition(" ")[::2] for name in TABLE]

    assert {dependency for dependency, _ in named} == set(DEPENDENCIES)
    assert {way for _, way in named} == WAYS


def harm(proxy: FaultProxy, way: str) -> None:
    if way == "down":
        proxy.refuse()
        proxy.reset()
    elif way == "silent":
        proxy.freeze()
    else:
        proxy.delay = ONE_WAY_SECONDS


def _through(
    proxies: dict[str, FaultProxy], settings: Settings, valkey: PrivateValkey
) -> dict[str, Any]:
    database = settings.database_url.get_secret_value()
    auth = settings.auth_service_url.get_secret_value()
    return {
        "database_url": _by(proxies["PostgreSQL"], database),
        "redis_url": _by(proxies["Redis"], valkey.url),
        "auth_service_url": _by(proxies["auth service"], auth),
        "auth_cache_ttl_seconds": 3600,
        "external_api_timeout": 1,
        "external_api_max_retries": 0,
    }


def _by(proxy: FaultProxy, url: str) -> str:
    return url.replace(f":{urlsplit(url).port}/", f":{proxy.port}/")


@asynccontextmanager
async def opened_site(app: ASGIApp, auth_service: PrivateAuthService) -> AsyncIterator[Site]:
    def new_token() -> str:
        return auth_service.token("admin", username=f"admin-{next(_numbers)}")

    async with client_of(app, new_token()) as admin:
        kept, unread = await _add_records(admin), await _add_records(admin)
        for read in READS:
            assert (await read.call(admin, kept[read.collection])).status_code == 200
        yield Site(app, admin, new_token, kept, unread)


async def _add_records(admin: httpx.AsyncClient) -> dict[str, int]:
    creations = [operation for operation in WRITES if operation.method == "post"]
    return {each.collection: (await each.call(admin, 0)).json()["id"] for each in creations}


async def _require(site: Site, row: Row) -> None:
    await _require_health(site, row)
    for read in READS:
        await _require_one(site, read, site.kept[read.collection], row.kept_reads)
    for read in READS:
        other = read if read.is_about_one else read.asking(f"page_size={next(_numbers) % 99 + 1}")
        await _require_one(site, other, site.unread[read.collection], row.reads)
    for write in WRITES:
        await _require_one(site, write, site.unread[write.collection], row.writes)
    assert (await site.admin.get("/health/ready")).status_code == row.ready.status
    for path in other_paths():
        assert row.rest.served
        assert (await site.admin.get(path)).status_code == 200
    await _require_health(site, row)


async def _require_one(site: Site, operation: Operation, identity: int, cell: Cell) -> None:
    answer = await operation.call(site.admin, identity)
    if not cell.served:
        _require_refusal(answer, cell)
        return
    assert answer.status_code == SUCCESS[operation.method], (operation, answer.text)
    if cell.code:
        _require_refusal(await site.ask_as_stranger(operation, identity), cell)
    elif operation.method == "get":
        assert (await site.ask_as_stranger(operation, identity)).status_code == 200


def _require_refusal(answer: httpx.Response, cell: Cell) -> None:
    assert cell.status is not None
    problem_of(answer, cell.status, cell.code)
    assert int(answer.headers["Retry-After"]) >= 1


async def _require_health(site: Site, row: Row) -> None:
    """Wait until it is said: some outages are noticed by those who ask, some by a probe."""
    expected = (row.health.status, row.health.code, {row.health.unavailable} - {None})
    async with asyncio.timeout(30):
        while await _health(site) != expected:
            if row.reads.served and row.reads.code:
                await site.ask_as_stranger(READS[0])
            await asyncio.sleep(0.05)


async def _health(site: Site) -> tuple[int, str, set[str]]:
    answer = await site.admin.get("/health")
    report = answer.json()
    unavailable = {
        name for name, check in report["checks"].items() if check["status"] == "unavailable"
    }
    return answer.status_code, report["status"], unavailable
