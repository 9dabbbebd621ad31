"""Redis clients for the forms of REDIS_URL: one server, or a group with Sentinel."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from urllib.parse import unquote, urlsplit

from redis.asyncio import Redis
from redis.asyncio.connection import parse_url
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel
from redis.backoff import NoBackoff

from app.config.url_rules import query_of, split_hosts

SENTINEL_PORT = 26379
# The next one must have its turn within the time for a connection.
SENTINEL_SECONDS = 0.2


@asynccontextmanager
async def open_client(url: str, *, connect_seconds: float) -> AsyncIterator[Redis]:
    options: dict[str, Any] = {
        # RESP3 subscribes to maintenance notices, and then fails once on each connection that
        # the server closed (seen with redis-py 8.1).
        "protocol": 2,
        # The link limits the time of each call as a whole.
        "socket_timeout": None,
        "socket_connect_timeout": connect_seconds,
    }
    if "+sentinel://" not in url:
        async with Redis.from_url(url, **options) as client:
            yield client
        return
    async with AsyncExitStack() as stack:
        sentinel, group, parsed = _open_sentinel(url)
        for each in sentinel.sentinels:
            stack.push_async_callback(each.aclose)
        # A repeated grant of the rate limit would count twice.
        options["retry"] = Retry(NoBackoff(), 0)
        yield await stack.enter_async_context(sentinel.master_for(group, **parsed, **options))


def _open_sentinel(url: str) -> tuple[Sentinel, str, dict[str, Any]]:
    """Return the sentinels, the name of the group, and the options for its servers."""
    urls = list(map(urlsplit, split_hosts(url)))
    group, _, database = unquote(urls[0].path).strip("/").partition("/")
    query = query_of(url)
    login = {name: query.pop(f"sentinel_{name}", None) for name in ("username", "password")}
    parsed = dict(parse_url(_server_url(url, database)))
    tls = {name: parsed[name] for name in parsed if name.startswith("ssl_")}
    if is_tls := url.startswith("rediss"):
        parsed.pop("connection_class", None)
    for name in ("host", "port", "sentinel_username", "sentinel_password"):
        parsed.pop(name, None)
    sentinel = Sentinel(  # type: ignore[no-untyped-call]
        [(each.hostname, each.port or SENTINEL_PORT) for each in urls],
        sentinel_kwargs={
            **login,
            **tls,
            "ssl": is_tls,
            "protocol": 2,
            "socket_timeout": SENTINEL_SECONDS,
            "socket_connect_timeout": SENTINEL_SECONDS,
            "retry": Retry(NoBackoff(), 0),
        },
    )
    return sentinel, group, {**parsed, "ssl": is_tls}


def _server_url(url: str, database: str) -> str:
    """Return the URL as of one server, for what the client library reads from it."""
    first = urlsplit(split_hosts(url)[0])
    scheme = first.scheme.removesuffix("+sentinel")
    return first._replace(scheme=scheme, path=f"/{database or 0}").geturl()
