"""How often a request exchanges data with Redis and PostgreSQL: on a network each one is slow."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass
from time import monotonic
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx
import pytest
import redis
from asgi_lifespan import LifespanManager

from app.config.settings import Settings
from app.infrastructure.resources import Resources
from devtools.valkey import PrivateValkey
from tests.support.counting_proxy import CountingProxy
from tests.support.service import create_app
from tests.support.settings_and_clients import Tokens, make_client
from tests.support.waiting import eventually
from tests.widgets.factories import WIDGETS, widget_body

KINDS = {b"EVALSHA": "find", b":value:": "store", b"PUBLISH": "invalidate"}

Request = Coroutine[Any, Any, httpx.Response]


class Exchanges(NamedTuple):
    redis: list[str]
    postgres: int


@dataclass(frozen=True, kw_only=True)
class CountedService:
    client: httpx.AsyncClient
    resources: Resources
    redis: CountingProxy
    postgres: CountingProxy

    def get(self, path: str = "") -> Request:
        return self.client.get(WIDGETS + path)

    async def create(self) -> str:
        response = await self.client.post(WIDGETS, json=widget_body())
        return f"/{response.json()['id']}"

    def forget_responses(self, *tags: str) -> None:
        """Invalidate the responses in this process, but not the values in Redis."""
        self.resources.cache.generations.invalidate(*tags)

    async def warm_up(self) -> None:
        """Prepare the statements, and wait for the heartbeats of the cache."""
        path = await self.create()
        await self.client.post(WIDGETS, json=widget_body(), headers={"Idempotency-Key": "warm"})
        await asyncio.gather(self.get(path), self.get("?max_price=99.5"))
        await self.client.patch(WIDGETS + path, json={"price": 6})
        await self.client.delete(WIDGETS + path)
        heartbeat = self.resources.cache.heartbeat
        await eventually(lambda: monotonic() < heartbeat.valid_until)

    async def count(self, *requests: Request, stores: int = 0) -> Exchanges:
        """Send the requests at the same time. Values are stored in Redis after the response."""
        self.redis.reset()
        self.postgres.reset()
        responses = await asyncio.gather(*requests)
        assert {response.status_code for response in responses} <= {200, 201, 204}
        await eventually(lambda: self._redis_exchanges().count("store") >= stores)
        return Exchanges(sorted(self._redis_exchanges()), len(self.postgres.exchanges))

    def _redis_exchanges(self) -> list[str]:
        return [_kind(each) for each in self.redis.exchanges]


def _kind(exchange: bytes) -> str:
    return next((kind for part, kind in KINDS.items() if part in exchange), repr(exchange))


@pytest.fixture
async def service(
    settings: Settings, valkey: PrivateValkey, tokens: Tokens, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[CountedService]:
    # The messages that wait are counted once, before the first request.
    monkeypatch.setattr("app.infrastructure.messaging.opening.REFRESH_SECONDS", 3600)
    database_url = settings.database_url.get_secret_value()
    port = urlsplit(database_url).port
    assert port is not None
    async with (
        CountingProxy(target=valkey.port) as redis_proxy,
        CountingProxy(target=port) as postgres_proxy,
    ):
        overrides = {
            "redis_url": valkey.url.replace(f":{valkey.port}/", f":{redis_proxy.port}/"),
            "database_url": database_url.replace(f":{port}/", f":{postgres_proxy.port}/"),
            # One connection prepares each statement once.
            "database_pool_size": 1,
            "database_pool_min_size": 1,
        }
        changed = Settings.model_validate(settings.model_dump() | overrides)
        async with (
            LifespanManager(create_app(changed)) as manager,
            make_client(manager.app, tokens.admin) as client,
        ):
            resources = manager._state["resources"]  # noqa: SLF001 - no public access
            opened = CountedService(
                client=client, resources=resources, redis=redis_proxy, postgres=postgres_proxy
            )
            await opened.warm_up()
            yield opened


async def test_a_response_in_the_process_needs_no_exchange(service: CountedService) -> None:
    path = await service.create()
    await service.count(service.get(path), stores=1)

    assert await service.count(service.get(path)) == ([], 0)


async def test_a_value_in_redis_needs_one_exchange(service: CountedService) -> None:
    path = await service.create()
    await service.count(service.get(path), stores=1)
    service.forget_responses(f"widgets{path}")

    assert await service.count(service.get(path)) == (["find"], 0)


async def test_a_value_in_no_cache_needs_one_exchange_with_each_server(
    service: CountedService, valkey: PrivateValkey
) -> None:
    """Also where Redis has no generation of the tag. The value is stored afterwards."""
    path = await service.create()
    with redis.Redis.from_url(valkey.url) as admin:
        admin.flushdb()

    assert await service.count(service.get(path), stores=1) == (["find", "store"], 1)


async def test_a_list_in_no_cache_needs_one_exchange_with_each_server(
    service: CountedService,
) -> None:
    request = service.get("?max_price=98.5")

    assert await service.count(request, stores=1) == (["find", "store"], 1)


async def test_reads_of_different_records_at_the_same_time_share_their_exchanges(
    service: CountedService,
) -> None:
    paths = [await service.create() for _ in range(10)]

    exchanges = await service.count(*map(service.get, paths), stores=1)

    assert exchanges.postgres == 1
    assert exchanges.redis.count("find") == 1


async def test_equal_reads_at_the_same_time_share_their_exchanges(
    service: CountedService,
) -> None:
    path = await service.create()

    exchanges = await service.count(*(service.get(path) for _ in range(10)), stores=1)

    assert exchanges == (["find", "store"], 1)


async def test_a_change_needs_three_exchanges(service: CountedService) -> None:
    """Read, change with its audit row; then the invalidation."""
    path = await service.create()
    change = service.client.patch(WIDGETS + path, json={"price": 7})

    assert await service.count(change) == (["invalidate"], 2)


async def test_a_removal_needs_three_exchanges(service: CountedService) -> None:
    path = await service.create()

    assert await service.count(service.client.delete(WIDGETS + path)) == (["invalidate"], 2)


async def test_a_new_record_needs_three_exchanges(service: CountedService) -> None:
    """The ID, the record with its audit row; then the invalidation."""
    creation = service.client.post(WIDGETS, json=widget_body())

    assert await service.count(creation) == (["invalidate"], 2)


async def test_a_new_record_with_an_idempotency_key_needs_four_exchanges(
    service: CountedService,
) -> None:
    """As without a key, and the lookup of the key; its row is stored with the record."""
    headers = {"Idempotency-Key": "one"}
    creation = service.client.post(WIDGETS, json=widget_body(), headers=headers)

    assert await service.count(creation) == (["invalidate"], 3)
