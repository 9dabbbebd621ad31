"""Who is at the other end of a connection."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from starlette.datastructures import Headers
from starlette.types import Scope

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

LOOPBACK = "127.0.0.1"


def client_address(scope: Scope, trusted_proxies: Sequence[Network]) -> str:
    """Give the right-most address of the chain that is not a trusted proxy's."""
    peer = _peer(scope)
    if not trusted_proxies or not _is_trusted(peer, trusted_proxies):
        return peer
    forwarded = ",".join(Headers(scope=scope).getlist("x-forwarded-for"))
    for hop in reversed(forwarded.split(",")):
        address = _plain(hop)
        if address is None:
            return peer
        if not _is_trusted(address, trusted_proxies):
            return address
        peer = address
    return peer


def _peer(scope: Scope) -> str:
    host, port = scope.get("client") or (LOOPBACK, 1)
    # Port 0 means that uvicorn's --proxy-headers (on by default, for loopback peers) has
    # put a header's claim in the place of the real address.
    return LOOPBACK if port == 0 else _plain(host) or LOOPBACK


def _plain(host: str) -> str | None:
    try:
        address: Address = ip_address(host.strip().strip("[]"))
    except ValueError:
        return None
    return str(getattr(address, "ipv4_mapped", None) or address)


def _is_trusted(host: str, trusted_proxies: Sequence[Network]) -> bool:
    address = ip_address(host)
    return any(address in network for network in trusted_proxies)
