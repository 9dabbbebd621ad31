"""Find the sockets on which this process accepts connections, whatever server it runs in."""

import os
import socket
import stat
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from pathlib import Path

from app.infrastructure.stopping.listening_socket import ListeningSocket, set_min_ttl

_DESCRIPTORS = Path("/proc/self/fd")


def open_bound_sockets(excluded_inodes: Collection[int] = ()) -> list[ListeningSocket]:
    """Return duplicates of TCP sockets with an address and without a peer.

    These are the listening sockets that a worker has inherited, also before it listens.
    """
    return _open_matching(_is_bound, excluded_inodes)


def open_listening_sockets(excluded_inodes: Collection[int] = ()) -> list[ListeningSocket]:
    """Return duplicates of the TCP sockets that listen, without `excluded_inodes`."""
    return _open_matching(_listens, excluded_inodes)


def receive_on_connections() -> None:
    """Undo the required TTL of connections: they inherit it if they began before `ignore_new`.

    The client's kernel repeats what has been dropped.
    """
    for descriptor in _socket_descriptors():
        # Closed since.
        with suppress(OSError):
            _applies(_receive_if_connected, descriptor)


def _open_matching(
    matches: Callable[[socket.socket], bool], excluded_inodes: Collection[int]
) -> list[ListeningSocket]:
    # First all, then the duplicates: one of these may get the number of the listing's descriptor.
    found = [
        descriptor
        for descriptor in _socket_descriptors()
        if os.fstat(descriptor).st_ino not in excluded_inodes and _applies(matches, descriptor)
    ]
    return [ListeningSocket(fileno=os.dup(descriptor)) for descriptor in found]


def _socket_descriptors() -> Iterator[int]:
    for entry in _DESCRIPTORS.iterdir():
        # The descriptor of the listing itself is closed by now.
        with suppress(OSError):
            descriptor = int(entry.name)
            if stat.S_ISSOCK(os.fstat(descriptor).st_mode):
                yield descriptor


def _applies(matches: Callable[[socket.socket], bool], descriptor: int) -> bool:
    sock = socket.socket(fileno=descriptor)
    try:
        is_tcp = sock.family in {socket.AF_INET, socket.AF_INET6}
        return is_tcp and sock.type == socket.SOCK_STREAM and matches(sock)
    finally:
        # Closing any descriptor of a socket would release the lock of this process on it.
        sock.detach()


def _receive_if_connected(sock: socket.socket) -> bool:
    if _listens(sock):
        return False
    set_min_ttl(sock, 0)
    return True


def _listens(sock: socket.socket) -> bool:
    return bool(sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))


def _is_bound(sock: socket.socket) -> bool:
    try:
        sock.getpeername()
    except OSError:
        port: int = sock.getsockname()[1]
        return port != 0
    return False
