"""Redis clients for the forms of REDIS_URL: one server, a group with Sentinel, or a cluster."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from redis.asyncio import Redis
from redis.asyncio.connection import parse_url
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel, SentinelConnectionPool
from redis.backoff import NoBackoff
from redis.crc import key_slot

from app.config.url_rules import query_of, split_hosts
from app.infrastructure.redis.slot_owner import SlotOwner

PORT = 6379
SENTINEL_PORT = 26379
# The next one must have its turn within the time for a connection.
DISCOVERY_SECONDS = 0.2


@asynccontextmanager
async def open_client(url: str, *, connect_seconds: float, prefix: str) -> AsyncIterator[Redis]:
    """Open a client; in a cluster it uses the server of the keys with this prefix."""
    options: dict[str, Any] = {
        # RESP3 subscribes to maintenance notices, and then fails once on each connection that
        # the server closed (seen with redis-py 8.1).
        "protocol": 2,
        # The link limits the time of each call as a whole.
        "socket_timeout": None,
        "socket_connect_timeout": connect_seconds,
    }
    async with AsyncExitStack() as stack:
        if urlsplit(url).scheme in {"redis", "rediss"}:
            client = Redis.from_url(url, **options)
        else:
            pool, nodes = _open_pool(url, prefix, options)
            for node in nodes:
                stack.push_async_callback(node.aclose)
            client = Redis.from_pool(pool)
        yield await stack.enter_async_context(client)


def _open_pool(
    url: str, prefix: str, options: dict[str, Any]
) -> tuple[SentinelConnectionPool, list[Redis]]:
    """Return a pool that asks for the server of each new connection, and those it asks."""
    parts = list(map(urlsplit, split_hosts(url)))
    server = _server_options(parts[0])
    # A repeated grant of the rate limit would count twice.
    server |= {"retry": Retry(NoBackoff(), 0), **options}
    is_cluster = parts[0].scheme.endswith("+cluster")
    asked = {
        **{name: server[name] for name in server if name.startswith("ssl")},
        **_login(url, server, is_cluster=is_cluster),
        "protocol": 2,
        "socket_timeout": DISCOVERY_SECONDS,
        "socket_connect_timeout": DISCOVERY_SECONDS,
        "retry": Retry(NoBackoff(), 0),
    }
    if is_cluster:
        nodes = [Redis(host=str(each.hostname), port=each.port or PORT, **asked) for each in parts]
        owner = SlotOwner(nodes, slot=key_slot(prefix.encode()))
        return SentinelConnectionPool("", owner, **server), nodes  # type: ignore[no-untyped-call]
    group = unquote(parts[0].path).strip("/").partition("/")[0]
    addresses = [(each.hostname, each.port or SENTINEL_PORT) for each in parts]
    sentinel = Sentinel(addresses, sentinel_kwargs=asked)  # type: ignore[no-untyped-call]
    pool = SentinelConnectionPool(group, sentinel, **server)  # type: ignore[no-untyped-call]
    return pool, sentinel.sentinels


def _server_options(first: SplitResult) -> dict[str, Any]:
    """Return what the client library reads from the URL as of one server."""
    scheme = first.scheme.partition("+")[0]
    database = unquote(first.path).strip("/").rpartition("/")[2]
    url = first._replace(scheme=scheme, path=f"/{database if database.isdigit() else 0}").geturl()
    own = ("connection_class", "host", "port", "sentinel_username", "sentinel_password")
    parsed = {name: value for name, value in parse_url(url).items() if name not in own}
    return {**parsed, "ssl": scheme == "rediss"}


def _login(url: str, server: dict[str, Any], *, is_cluster: bool) -> dict[str, str | None]:
    names = ("username", "password")
    if is_cluster:
        return {name: server.get(name) for name in names}
    query = query_of(url)
    return {name: query.get(f"sentinel_{name}") for name in names}
