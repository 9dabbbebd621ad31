"""How the exchanges with one Redis grow with the processes: the model in docs/OPERATIONS.md."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import httpx
import pytest
import redis

from devtools.private_auth import PrivateAuthService
from devtools.valkey import PrivateValkey
from tests.support.counting_proxy import CountingProxy
from tests.support.server import Server, make_environment
from tests.support.settings_and_clients import Tokens
from tests.support.waiting import eventually
from tests.widgets.factories import WIDGETS, widget_body

PODS = 4
READS = 50
# A call that takes too long on a busy machine interrupts the link, which then needs more exchanges.
TRIES = 5
KINDS = {b":rate:": "limit", b":value:": "value", b"PUBLISH": "invalidate"}


class Pods:
    """Processes with one Redis, and without a folder in common, as on machines of their own."""

    def __init__(self, clients: list[httpx.AsyncClient], proxy: CountingProxy) -> None:
        self.clients = clients
        self._proxy = proxy

    def count(self) -> Counter[str]:
        """Count the exchanges since the last call."""
        found = Counter(map(_kind, self._proxy.exchanges))
        self._proxy.reset()
        return found

    async def read(self, path: str, *, pods: int, times: int = 1) -> None:
        for client in self.clients[:pods]:
            for _ in range(times):
                assert (await client.get(WIDGETS + path)).status_code == 200


def _kind(exchange: bytes) -> str:
    return next((kind for part, kind in KINDS.items() if part in exchange), repr(exchange))


@pytest.fixture
async def pods(
    database_url: str,
    auth_service: PrivateAuthService,
    valkey: PrivateValkey,
    tokens: Tokens,
    tmp_path: Path,
) -> AsyncIterator[Pods]:
    with redis.Redis.from_url(valkey.url) as admin:
        admin.flushdb()
    async with AsyncExitStack() as stack:
        proxy = await stack.enter_async_context(CountingProxy(target=valkey.port))
        url = valkey.url.replace(f":{valkey.port}/", f":{proxy.port}/")
        servers = []
        for number in range(PODS):
            directory = tmp_path / str(number)
            directory.mkdir()
            environment = make_environment(
                *(database_url, auth_service.url, directory),
                redis_url=url,
                rate_limit_per_minute=60_000,
            )
            servers.append(Server(environment=environment, directory=directory))
            stack.push_async_callback(asyncio.to_thread, servers[-1].stop)
        await asyncio.gather(*(asyncio.to_thread(server.start) for server in servers))
        clients = [
            await stack.enter_async_context(server.async_client(tokens.admin)) for server in servers
        ]
        yield Pods(clients, proxy)


async def test_each_request_costs_redis_at_most_one_exchange_for_any_number_of_pods(
    pods: Pods,
) -> None:
    for count in (1, 2, PODS):
        for _ in range(TRIES - 1):
            with suppress(AssertionError):
                await require_few_exchanges(pods, count)
                break
        else:
            await require_few_exchanges(pods, count)


async def require_few_exchanges(pods: Pods, count: int) -> None:
    created = (await pods.clients[0].post(WIDGETS, json=widget_body())).json()
    path = f"/{created['id']}"
    await pods.read(path, pods=PODS)
    pods.count()

    changed = await pods.clients[0].patch(WIDGETS + path, json={"price": 7})
    assert changed.status_code == 200
    assert pods.count()["invalidate"] == 1

    # Each pod loads the new value, and stores it at most once.
    await eventually_new(pods, path)
    looked_up = pods.count()
    assert set(looked_up) <= {"limit", "value"}
    assert looked_up["value"] <= 2 * PODS

    # What a pod has is used without Redis; the limit is asked at most once for a request.
    await pods.read(path, pods=count, times=READS)
    repeated = pods.count()
    assert set(repeated) <= {"limit", "value"}
    assert repeated["value"] <= count
    assert repeated["limit"] <= count * READS


async def eventually_new(pods: Pods, path: str) -> None:
    """Wait until the invalidation has reached all pods."""

    async def is_new() -> bool:
        found = [(await client.get(WIDGETS + path)).json() for client in pods.clients]
        return all(widget["version"] == 2 for widget in found)

    await eventually(is_new)
