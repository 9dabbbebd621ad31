"""Stop accepting connections without losing one that the kernel has established.

The workers of a service share one listening socket, which their supervisor also holds open. What
arrives there after the last worker has stopped accepting is reset when the supervisor ends. So
the last worker lets no new connection begin, and accepts those that have begun.
"""

import asyncio
import logging
import socket
from collections.abc import Callable, Collection
from contextlib import suppress

from app.infrastructure.stopping.listening_socket import ListeningSocket
from app.infrastructure.stopping.process_sockets import (
    open_bound_sockets,
    open_listening_sockets,
    receive_on_connections,
)

logger = logging.getLogger(__name__)

# For handshakes that have begun; they end after one round trip.
HANDSHAKE_SECONDS = 0.5
MAX_BACKLOG_SECONDS = 3.0
# An ignored attempt is repeated after a second, and refused by then.
REFUSE_AFTER_SECONDS = 0.4
_POLL_SECONDS = 0.01


class Accepting:
    """The part of this process in accepting connections."""

    def __init__(self, *, excluded_inodes: Callable[[], Collection[int]]) -> None:
        self._excluded_inodes = excluded_inodes
        # Those of a supervisor; a process without one opens its socket later, for itself.
        self._inherited = open_bound_sockets(excluded_inodes())

    def join(self) -> None:
        """Count as a process that accepts."""
        for sock in self._inherited:
            sock.join()

    async def stop(self) -> None:
        """Return when the server may close its sockets."""
        self.leave()
        sockets = open_listening_sockets(self._excluded_inodes())
        last = [sock for sock in sockets if sock.is_left_by_others()]
        if last:
            await _empty_backlogs(last)
        for sock in sockets:
            asyncio.get_running_loop().call_later(REFUSE_AFTER_SECONDS, _refuse_new, sock)

    def leave(self) -> None:
        """Count no longer as a process that accepts."""
        while self._inherited:
            self._inherited.pop().close()


async def _empty_backlogs(sockets: list[ListeningSocket]) -> None:
    """Wait until the server has accepted all connections that have begun."""
    for sock in sockets:
        # Some sandboxes forbid it; the backlog is emptied all the same.
        with suppress(OSError):
            sock.ignore_new()
        if not sock.is_left_by_others():
            # A worker has joined, perhaps before its connections were ignored.
            sock.admit_new()
    await asyncio.sleep(HANDSHAKE_SECONDS)
    try:
        async with asyncio.timeout(MAX_BACKLOG_SECONDS):
            while any(sock.backlog for sock in sockets):  # noqa: ASYNC110 - the kernel's own
                await asyncio.sleep(_POLL_SECONDS)
    except TimeoutError:
        logger.warning("Stopped with connections in the backlog")
    receive_on_connections()


def _refuse_new(sock: ListeningSocket) -> None:
    """Refuse connections while requests are completed, unless a worker has joined."""
    # Another worker may have done it.
    with sock, suppress(OSError):
        if sock.is_left_by_others():
            sock.shutdown(socket.SHUT_RDWR)
