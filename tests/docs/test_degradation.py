"""Each route behaves as docs/DEGRADATION.md says while a dependency is down, silent or slow."""

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
from tests.support.degradation_table import (
    SUCCESS,
    Cell,
    Operation,
    Row,
    operations_of,
    other_paths,
    read_rows,
)
from tests.support.domain import find_domains
from tests.support.problems import problem_of
from tests.support.settings_and_clients import make_client, running_app

TABLE = read_rows()
# All domains share the code that responds during an outage, so one domain is enough. A record of
# one with references needs others first.
DOMAIN = next(domain for domain in find_domains().values() if not domain.references)
OPERATIONS = operations_of(DOMAIN)
READS = [operation for operation in OPERATIONS if operation.method == "GET"]
WRITES = [operation for operation in OPERATIONS if operation.method != "GET"]
DEPENDENCIES = ("PostgreSQL", "Redis", "RabbitMQ", "auth service")
FAULTS = {"down", "silent", "slow"}
ONE_WAY_SECONDS = 0.1

pytestmark = pytest.mark.skipif(not READS, reason="there is no domain with routes to test")

_numbers = count(1)


@dataclass(frozen=True)
class Site:
    """The service behind proxies, with the IDs of two records. Only `cached` was read before."""

    app: ASGIApp
    admin: httpx.AsyncClient
    new_token: Callable[[], str]
    cached: int
    uncached: int

    async def call_uncached(self, operation: Operation, identity: int = 1) -> httpx.Response:
        async with make_client(self.app, self.new_token()) as client:
            return await operation.call(client, identity)


@pytest.fixture
async def proxies(
    database_url: str, valkey: PrivateValkey, auth_service: PrivateAuthService
) -> AsyncIterator[dict[str, FaultProxy]]:
    # No test needs a working broker, so any listening port can be the target.
    targets = (urlsplit(database_url).port, valkey.port, valkey.port, auth_service.port)
    async with AsyncExitStack() as stack:
        yield {
            name: await stack.enter_async_context(FaultProxy(target=port))
            for name, port in zip(DEPENDENCIES, targets, strict=True)
            if port is not None
        }


@pytest.mark.parametrize("name", TABLE)
async def test_each_outage_behaves_as_documented(
    name: str,
    settings: Settings,
    proxies: dict[str, FaultProxy],
    valkey: PrivateValkey,
    auth_service: PrivateAuthService,
) -> None:
    dependency, _, fault = name.rpartition(" ")
    overrides = _proxied_settings(proxies, settings, valkey)
    if dependency == "RabbitMQ":
        inject_fault(proxies[dependency], fault)
        overrides["rabbitmq_url"] = f"amqp://127.0.0.1:{proxies[dependency].port}/"
        overrides["event_subscribers"] = ["http://localhost:8002/api/v1/orders"]
    async with running_app(settings, **overrides) as app, open_site(app, auth_service) as site:
        inject_fault(proxies[dependency], fault)
        await _require(site, TABLE[name])
        proxies[dependency].delay = 0
        proxies[dependency].thaw()


def test_the_table_covers_every_dependency_and_kind_of_outage() -> None:
    named = [name.rpartition(" ")[::2] for name in TABLE]

    assert {dependency for dependency, _ in named} == set(DEPENDENCIES)
    assert {fault for _, fault in named} == FAULTS


def inject_fault(proxy: FaultProxy, fault: str) -> None:
    if fault == "down":
        proxy.refuse()
        proxy.reset()
    elif fault == "silent":
        proxy.freeze()
    else:
        proxy.delay = ONE_WAY_SECONDS


def _proxied_settings(
    proxies: dict[str, FaultProxy], settings: Settings, valkey: PrivateValkey
) -> dict[str, Any]:
    database = settings.database_url.get_secret_value()
    auth = settings.auth_service_url.get_secret_value()
    return {
        "database_url": _through_proxy(proxies["PostgreSQL"], database),
        "redis_url": _through_proxy(proxies["Redis"], valkey.url),
        "auth_service_url": _through_proxy(proxies["auth service"], auth),
        "auth_cache_ttl_seconds": 3600,
        "external_api_timeout": 1,
        "external_api_max_retries": 0,
    }


def _through_proxy(proxy: FaultProxy, url: str) -> str:
    return url.replace(f":{urlsplit(url).port}/", f":{proxy.port}/")


@asynccontextmanager
async def open_site(app: ASGIApp, auth_service: PrivateAuthService) -> AsyncIterator[Site]:
    def new_token() -> str:
        return auth_service.token("admin", username=f"admin-{next(_numbers)}")

    async with make_client(app, new_token()) as admin:
        cached, uncached = await _add_record(admin), await _add_record(admin)
        for read in READS:
            assert (await read.call(admin, cached)).status_code == 200
        yield Site(app, admin, new_token, cached, uncached)


async def _add_record(admin: httpx.AsyncClient) -> int:
    (creation,) = (operation for operation in WRITES if operation.method == "POST")
    created = await creation.call(admin, 0)
    assert created.status_code == 201, created.text
    return int(created.json()["id"])


async def _require(site: Site, row: Row) -> None:
    await _require_health(site, row)
    for read in READS:
        await _require_one(site, read, site.cached, row.cached_reads)
    for read in READS:
        other = read if read.has_id else read.with_query(_uncached_page())
        await _require_one(site, other, site.uncached, row.reads)
    for write in WRITES:
        await _require_one(site, write, site.uncached, row.writes)
    assert (await site.admin.get("/health/ready")).status_code == row.ready.status
    for path in other_paths():
        assert row.rest.served
        assert (await site.admin.get(path)).status_code == 200
    await _require_health(site, row)


def _uncached_page() -> str:
    """Return the query of a page that is not in the cache."""
    page, size = divmod(next(_numbers), 99)
    return f"page={page + 1}&page_size={size + 1}"


async def _require_one(site: Site, operation: Operation, identity: int, cell: Cell) -> None:
    response = await operation.call(site.admin, identity)
    if not cell.served:
        _require_refusal(response, cell)
        return
    assert response.status_code == SUCCESS[operation.method], (operation, response.text)
    if cell.code:
        _require_refusal(await site.call_uncached(operation, identity), cell)
    elif operation.method == "GET":
        assert (await site.call_uncached(operation, identity)).status_code == 200


def _require_refusal(response: httpx.Response, cell: Cell) -> None:
    assert cell.status is not None
    problem_of(response, cell.status, cell.code)
    assert int(response.headers["Retry-After"]) >= 1


async def _require_health(site: Site, row: Row) -> None:
    """Wait until the health routes report the outage, which a request or a probe detects."""
    expected = (row.health.status, row.health.code, {row.health.unavailable} - {None})
    async with asyncio.timeout(30):
        while await _health(site) != expected:
            if row.reads.served and row.reads.code:
                await site.call_uncached(READS[0])
            await asyncio.sleep(0.05)


async def _health(site: Site) -> tuple[int, str, set[str]]:
    response = await site.admin.get("/health")
    report = response.json()
    unavailable = {
        name for name, check in report["checks"].items() if check["status"] == "unavailable"
    }
    return response.status_code, report["status"], unavailable
