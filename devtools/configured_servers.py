"""Servers that the configuration names, instead of private ones. Standard library only."""

import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from app.config.connection_uri import DEFAULT_PORT, read_parameters
from app.config.url_rules import split_hosts
from devtools.configuration import find_origin
from devtools.ports import is_listening

LABELS = {
    "DATABASE_URL": "PostgreSQL",
    "REDIS_URL": "Redis",
    "RABBITMQ_URL": "RabbitMQ",
    "AUTH_SERVICE_URL": "auth service",
}
# The service starts without the others, and works in part.
REQUIRED = "DATABASE_URL"
_PORTS = {
    "REDIS_URL": {
        "redis": 6379,
        "rediss": 6379,
        "redis+sentinel": 26379,
        "rediss+sentinel": 26379,
        "redis+cluster": 6379,
        "rediss+cluster": 6379,
    },
    "RABBITMQ_URL": {"amqp": 5672, "amqps": 5671},
    "AUTH_SERVICE_URL": {"http": 80, "https": 443},
}
# Where libpq looks for a socket if the URL names no host.
_SOCKET_FOLDERS = ("/run/postgresql", "/var/run/postgresql", "/tmp", "/private/tmp")  # noqa: S108
TIMEOUT_SECONDS = 1


@dataclass(frozen=True)
class Address:
    """Host and port, or the folder of a Unix socket and the port that names it."""

    host: str
    port: int

    def __str__(self) -> str:
        if self.host.startswith("/"):
            return str(self._socket)
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def _socket(self) -> Path:
        return Path(self.host) / f".s.PGSQL.{self.port}"

    def is_reachable(self) -> bool:
        if not self.host.startswith("/"):
            return is_listening(self.port, self.host)
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(TIMEOUT_SECONDS)
            try:
                client.connect(str(self._socket))
            except OSError:
                return False
            return True


def find_addresses(name: str, url: str) -> list[Address]:
    """Return the addresses of a server, the first of which that accepts is used.

    An empty list: only libpq's service file knows. Raises ValueError; the message shows no value.
    """
    if name == "DATABASE_URL":
        return list(_postgres_addresses(read_parameters(url)))
    return [_address(each, _PORTS[name]) for each in split_hosts(url)]


def _address(url: str, ports: dict[str, int]) -> Address:
    parts = _split(url)
    if not parts.hostname or parts.scheme not in ports:
        raise ValueError(f"must be a URL that starts with {' or '.join(ports)}://")
    return Address(parts.hostname, parts.port or ports[parts.scheme])


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        # The reason would show a part of the URL.
        raise ValueError("is not a valid URL") from None
    return parts


def _postgres_addresses(parameters: dict[str, str]) -> Iterator[Address]:
    if "service" in parameters and "host" not in parameters:
        return
    given = parameters.get("host") or os.environ.get("PGHOST")
    hosts = given.split(",") if given else [*_SOCKET_FOLDERS, "localhost"]
    ports = (parameters.get("port") or os.environ.get("PGPORT") or DEFAULT_PORT).split(",")
    if len(ports) == 1:
        ports *= len(hosts)
    if len(ports) != len(hosts) or not all(port.isdigit() for port in ports):
        raise ValueError("must have one port, or as many as hosts")
    for host, port in zip(hosts, ports, strict=True):
        yield Address(host.strip("[]"), int(port))


def describe_unreachable(configuration: dict[str, str], name: str) -> str | None:
    """Say in one line that a configured server cannot be used. None if it can, or is private."""
    if name not in configuration:
        return None
    place = f"{name}, {find_origin(name)}"
    try:
        addresses = find_addresses(name, configuration[name])
    except ValueError as error:
        return f"{place}: {error}"
    if not addresses or any(address.is_reachable() for address in addresses):
        return None
    shown = ", ".join(map(str, addresses))
    return f"{LABELS[name]} at {shown} is not reachable ({place})"
