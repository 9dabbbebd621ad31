"""Connections to other hosts that do not use verified TLS."""

import logging
import re
from ipaddress import ip_address
from typing import TYPE_CHECKING

from app.config.url_rules import authority_of, query_of

if TYPE_CHECKING:
    from app.config.settings import Settings

logger = logging.getLogger(__name__)

PLAIN_SCHEMES = {"http": "https", "redis": "rediss", "amqp": "amqps"}
PLAIN_SCHEMES |= {"redis+sentinel": "rediss+sentinel", "redis+cluster": "rediss+cluster"}
VERIFYING_MODES = ("verify-ca", "verify-full")
# Parameters by which a client accepts any certificate.
UNVERIFIED = {"ssl_cert_reqs": ("none", "optional"), "no_verify_ssl": ("1", "true")}


def warn_of_plain_transports(settings: "Settings") -> None:
    """Log them in production; they may be protected by the network."""
    if settings.app_env == "production":
        for line in find_plain_transports(settings):
            logger.warning("%s", line)


def find_plain_transports(settings: "Settings") -> list[str]:
    """Return one line for each server on another host that is reached without verified TLS."""
    names = (
        *("database_url", "auth_service_url", "jwt_jwks_url", "redis_url", "rabbitmq_url"),
        "auth_introspection_url",
    )
    urls = {name.upper(): getattr(settings, name) for name in names}
    return [
        f"{name}: the connection to another host is not protected by TLS; use {remedy}"
        for name, url in urls.items()
        if url is not None and (remedy := _remedy(url.get_secret_value()))
    ]


def _remedy(url: str) -> str | None:
    """Return what would protect the connection; None if it is protected or stays on the host."""
    if all(map(_is_local, _hosts(url))):
        return None
    scheme, query = url.partition("://")[0], query_of(url)
    if scheme in {"postgresql", "postgres"}:
        return None if query.get("sslmode") in VERIFYING_MODES else "sslmode=verify-full"
    if scheme in PLAIN_SCHEMES:
        return f"{PLAIN_SCHEMES[scheme]}://"
    is_unverified = any(query.get(name) in values for name, values in UNVERIFIED.items())
    return "a verified certificate" if is_unverified else None


def _hosts(url: str) -> list[str]:
    authority = authority_of(url).rpartition("@")[2]
    hosts = [*authority.split(","), *query_of(url).get("host", "").split(",")]
    return [
        re.sub(r":\d*$", "", host) if host.count(":") == 1 or "]" in host else host
        for host in hosts
    ]


def _is_local(host: str) -> bool:
    """Return True for loopback, a socket's directory, and no host at all."""
    if not host or host.startswith(("/", "%2F", "%2f", "@")) or host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
