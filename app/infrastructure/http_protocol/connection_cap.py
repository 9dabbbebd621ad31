"""Limit of connections of one process, below its limit of file descriptors."""

import heapq
import logging
from collections.abc import Collection
from time import monotonic

from app.infrastructure.http_protocol.lingering_http_protocol import LingeringHttpProtocol
from app.utils.platform_support import soft_limit_of_open_files

logger = logging.getLogger(__name__)

# For databases, logs and connections that are accepted while others are closed.
_RESERVED_DESCRIPTORS = 256
_MAX_CONNECTIONS = 16_384
_WARNING_INTERVAL_SECONDS = 60.0


class ConnectionCap:
    """Closes the connections that have been idle for the longest time."""

    def __init__(self, max_connections: int) -> None:
        self.max_connections = max_connections
        self._next_warning = 0.0

    def make_room(self, connections: Collection[object], *, newest: object) -> bool:
        """Close up to one in twenty of the other connections; returns False if they are busy."""
        self._warn()
        idle = [
            (since, id(connection), connection)
            for connection in connections
            if isinstance(connection, LingeringHttpProtocol)
            and connection is not newest
            and not connection.is_closing
            and (since := connection.idle_since) is not None
        ]
        oldest = heapq.nsmallest(max(1, len(connections) // 20), idle)
        # While a client that repeats has to rest, its next request is not read.
        closed = [connection for _, _, connection in oldest if not connection.has_unread()]
        for connection in closed:
            connection.transport.close()
        return bool(closed)

    def _warn(self) -> None:
        if monotonic() >= self._next_warning:
            self._next_warning = monotonic() + _WARNING_INTERVAL_SECONDS
            logger.warning(
                "More than %d connections: the oldest idle ones are closed", self.max_connections
            )


def max_connections_of_process() -> int:
    """Return the soft limit of file descriptors without a reserve, at most 16 384."""
    soft_limit = soft_limit_of_open_files()
    if soft_limit is None:
        return _MAX_CONNECTIONS
    return min(soft_limit - min(_RESERVED_DESCRIPTORS, soft_limit // 4), _MAX_CONNECTIONS)
