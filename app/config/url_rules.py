"""Rules for the URLs of servers. No error message contains a value."""

import os
import re
from urllib.parse import SplitResult, parse_qsl, unquote

REDIS_PARAMETERS = frozenset(
    {
        *("db", "client_name", "health_check_interval", "max_connections", "socket_keepalive"),
        *("ssl_ca_certs", "ssl_ca_path", "ssl_certfile", "ssl_keyfile", "ssl_cert_reqs"),
        *("ssl_check_hostname", "ssl_min_version", "ssl_ciphers"),
    }
)
SENTINEL_PARAMETERS = frozenset({"sentinel_username", "sentinel_password"})
RABBITMQ_PARAMETERS = frozenset(
    {
        *("cafile", "capath", "cadata", "certfile", "keyfile", "no_verify_ssl", "auth"),
        # Hosters put them into their URLs; the values of `BrokerTiming` are used instead.
        *("heartbeat", "name"),
    }
)
_PARAMETERS = {
    "redis": REDIS_PARAMETERS,
    "rediss": REDIS_PARAMETERS,
    "redis+sentinel": REDIS_PARAMETERS | SENTINEL_PARAMETERS,
    "rediss+sentinel": REDIS_PARAMETERS | SENTINEL_PARAMETERS,
    "redis+cluster": REDIS_PARAMETERS - {"db"},
    "rediss+cluster": REDIS_PARAMETERS - {"db"},
    "amqp": RABBITMQ_PARAMETERS,
    "amqps": RABBITMQ_PARAMETERS,
}
_SCHEMES_WITH_HOSTS = frozenset(
    {
        *("amqp", "amqps", "redis+sentinel", "rediss+sentinel"),
        *("redis+cluster", "rediss+cluster"),
    }
)
_NUMBERS = frozenset({"db", "health_check_interval", "max_connections", "ssl_min_version"})
_FILES = frozenset({"ssl_ca_certs", "ssl_ca_path", "ssl_certfile", "ssl_keyfile"}) | frozenset(
    {"cafile", "capath", "certfile", "keyfile"}
)


def authority_of(url: str) -> str:
    """Return user, password, hosts and ports; `urlsplit` refuses several IPv6 hosts."""
    return re.split("[/?#]", url.partition("://")[2], maxsplit=1)[0]


def split_hosts(url: str) -> list[str]:
    """Return one URL for each host of a comma-separated list, where the scheme allows one."""
    scheme, authority = url.partition("://")[0], authority_of(url)
    if scheme not in _SCHEMES_WITH_HOSTS:
        return [url]
    login, at, hosts = authority.rpartition("@")
    rest = url[len(f"{scheme}://{authority}") :]
    return [f"{scheme}://{login}{at}{host}{rest}" for host in hosts.split(",")]


def path_of(url: str) -> str:
    return unquote(re.split("[?#]", url.partition("://")[2], maxsplit=1)[0].partition("/")[2])


def query_of(url: str) -> dict[str, str]:
    return dict(parse_qsl(url.partition("?")[2]))


def require_known_parameters(parts: SplitResult) -> None:
    """Raise ValueError for query parameters that the client library would fail on later."""
    known = _PARAMETERS.get(parts.scheme)
    if known is None:
        return
    # A raw "?" in a password would make the rest of it a parameter.
    if "@" in parts.query:
        raise ValueError("has special characters in its password that must be percent-encoded")
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        if name not in known:
            shown = f": {name}" if re.fullmatch("[A-Za-z_]{1,40}", name) else ""
            raise ValueError(f"has an unknown query parameter{shown}")
        _check_value(name, value)
    if parts.scheme.startswith("redis"):
        _check_redis_path(parts.scheme, unquote(parts.path))


def _check_redis_path(scheme: str, path: str) -> None:
    if scheme.endswith("+sentinel"):
        if not re.fullmatch("/[A-Za-z0-9._-]+(/[0-9]{0,9})?", path):
            raise ValueError("must name the group, such as redis+sentinel://s1:26379,s2:26379/main")
    elif scheme.endswith("+cluster"):
        if path not in {"", "/", "/0"}:
            raise ValueError("must name no database: a cluster has only one")
    elif not re.fullmatch("/?[0-9]{0,9}", path):
        raise ValueError("must name its database by a number, such as redis://localhost:6379/0")


def _check_value(name: str, value: str) -> None:
    if name in _NUMBERS and not re.fullmatch("[0-9]{1,9}", value):
        raise ValueError(f"has a query parameter that must be a number: {name}")
    if name == "ssl_cert_reqs" and value not in {"none", "optional", "required"}:
        raise ValueError("has a query parameter with an unknown value: ssl_cert_reqs")
    if name in _FILES and not os.access(value, os.R_OK):
        raise ValueError(f"has a query parameter that must be the path of a readable file: {name}")
