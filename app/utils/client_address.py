"""Address of the client, behind trusted proxies."""

import re
from collections.abc import Sequence
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

from starlette.datastructures import Headers
from starlette.types import Scope

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

LOOPBACK = "127.0.0.1"

# As proxies write it, also in quotes: `[2001:db8::1]:4711`, `192.0.2.1:4711`, or without a port.
_ENTRY = re.compile(r'"?(?:\[([^\]]*)\](?::\d{1,5})?|([^:"]*):\d{1,5}|([^"]*))"?', re.ASCII)


def client_address(scope: Scope, trusted_proxies: Sequence[Network]) -> str:
    """Return the right-most address in X-Forwarded-For that is not a trusted proxy.

    An entry that is not an address ends the search: the proxy that added it is the client.
    """
    peer = _peer(scope)
    if not trusted_proxies or not _is_trusted(peer, trusted_proxies):
        return peer
    forwarded = ",".join(Headers(scope=scope).getlist("x-forwarded-for"))
    for entry in reversed(forwarded.split(",")):
        address = _parse_entry(entry)
        if address is None:
            return peer
        if not _is_trusted(address, trusted_proxies):
            return address
        peer = address
    return peer


def network_of(address: str) -> str:
    """Return what counts as one client: the address, or the /64 network of an IPv6 address."""
    if ":" not in address:
        return address
    return str(ip_network(f"{address.partition('%')[0]}/64", strict=False))


def is_trusted_proxy(scope: Scope, trusted_proxies: Sequence[Network]) -> bool:
    """Return whether the peer of the connection is a trusted proxy."""
    return bool(trusted_proxies) and _is_trusted(_peer(scope), trusted_proxies)


def _peer(scope: Scope) -> str:
    host, _ = scope.get("client") or (LOOPBACK, 0)
    return _parse_address(host.strip("[]")) or LOOPBACK


def _parse_entry(entry: str) -> str | None:
    """Parse an entry of X-Forwarded-For; the port is dropped."""
    match = _ENTRY.fullmatch(entry.strip())
    return match and _parse_address(match[1] or match[2] or match[3] or "")


@lru_cache(maxsize=1024)
def _parse_address(host: str) -> str | None:
    try:
        # Without the zone of a link-local address, which names an interface of this machine.
        address: Address = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    return str(getattr(address, "ipv4_mapped", None) or address)


def _is_trusted(host: str, trusted_proxies: Sequence[Network]) -> bool:
    address = ip_address(host)
    return any(address in network for network in trusted_proxies)
