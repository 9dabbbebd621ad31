"""Accept connections faster than the event loop does.

libuv, on which uvloop is built, accepts one connection in each iteration. Under load an iteration
takes milliseconds, so new clients, those of `/health/live` too, would wait for seconds.
"""

import os
import socket
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

# In one iteration, beside the one that the loop accepts. With many, one of several workers would
# take all clients.
MAX_ACCEPTED = 16

_DESCRIPTORS = Path("/proc/self/fd")

# Family, and port or path.
_Address = tuple[int, object]


class _Listener(NamedTuple):
    """Descriptor of a listening socket, which belongs to the server and may be closed by it."""

    descriptor: int
    inode: int

    def is_open(self) -> bool:
        try:
            return os.fstat(self.descriptor).st_ino == self.inode
        except OSError:
            return False


class Backlog:
    """Connections that the kernel has established and the event loop has not accepted."""

    def __init__(self) -> None:
        self._listeners: dict[_Address, _Listener | None] = {}

    def accept(self, accepted: socket.socket | None) -> list[socket.socket]:
        """Accept from the listening socket of a connection; returns [] where it is not found."""
        if accepted is None:
            return []
        listener = self._find(_address_of(accepted))
        if listener is None:
            return []
        # Not a duplicate, with which the socket would listen after the server has closed it.
        listening = socket.socket(fileno=listener.descriptor)
        try:
            return list(_accept_waiting(listening))
        finally:
            listening.detach()

    def _find(self, address: _Address) -> _Listener | None:
        listener = self._listeners.get(address)
        if address not in self._listeners or (listener and not listener.is_open()):
            listener = self._listeners[address] = _find_listener(address)
        return listener


def _accept_waiting(listening: socket.socket) -> Iterator[socket.socket]:
    # An error ends the iteration: nothing waits, or no descriptor is free.
    with suppress(OSError):
        for _ in range(MAX_ACCEPTED):
            accepted, _ = listening.accept()
            yield accepted


def _find_listener(address: _Address) -> _Listener | None:
    if not _DESCRIPTORS.is_dir():
        return None
    for entry in list(_DESCRIPTORS.iterdir()):
        # Closed since: the descriptor of the listing itself.
        with suppress(OSError):
            descriptor = int(entry.name)
            status = os.fstat(descriptor)
            if stat.S_ISSOCK(status.st_mode) and _listens(descriptor, address):
                return _Listener(descriptor, status.st_ino)
    return None


def _listens(descriptor: int, address: _Address) -> bool:
    sock = socket.socket(fileno=descriptor)
    try:
        if os.get_blocking(descriptor) or _address_of(sock) != address:
            return False
        return bool(sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
    finally:
        sock.detach()


def _address_of(sock: socket.socket) -> _Address:
    name = sock.getsockname()
    return sock.family, name[1] if isinstance(name, tuple) else name
