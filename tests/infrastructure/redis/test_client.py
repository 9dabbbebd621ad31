"""Options of the connections for each form of REDIS_URL."""

from typing import Any

from redis.asyncio.sentinel import SentinelManagedSSLConnection

from app.infrastructure.redis.client import open_client

HOSTS = "s1,[::1]:7"


async def test_the_login_is_for_the_servers_and_the_sentinels_have_their_own() -> None:
    url = f"redis+sentinel://me:p%40w@{HOSTS}/main/3?client_name=shop&sentinel_password=other"

    async with open_client(url, connect_seconds=1, prefix="me") as client:
        pool = client.connection_pool
        sentinels = _options_of_sentinels(pool)

    own = pool.connection_kwargs
    assert (own["username"], own["password"], own["db"]) == ("me", "p@w", 3)
    assert [(each["host"], each["port"]) for each in sentinels] == [("s1", 26379), ("::1", 7)]
    assert {each["password"] for each in sentinels} == {"other"}


async def test_tls_is_used_for_servers_and_sentinels() -> None:
    url = f"rediss+sentinel://{HOSTS}/main?ssl_ca_certs={__file__}"

    async with open_client(url, connect_seconds=1, prefix="me") as client:
        pool = client.connection_pool
        sentinels = _options_of_sentinels(pool)

    assert pool.connection_class is SentinelManagedSSLConnection
    assert pool.connection_kwargs["ssl_ca_certs"] == __file__
    assert {each["ssl_ca_certs"] for each in sentinels} == {__file__}


def _options_of_sentinels(pool: Any) -> list[dict[str, Any]]:
    return [each.connection_pool.connection_kwargs for each in pool.sentinel_manager.sentinels]
