"""Interface of the rate limiters."""

from collections.abc import Awaitable
from typing import NamedTuple, Protocol

WINDOW_SECONDS = 60


class Decision(NamedTuple):
    """Decision about one request; `remaining` grows again after `reset_after` seconds.

    `is_shared` is False if the process decided alone, because Redis is unavailable.
    """

    is_admitted: bool
    remaining: int
    reset_after: int
    is_shared: bool = True


class RateLimiter(Protocol):
    """Limits the requests of each client in any 60 consecutive seconds."""

    def admit(self, client: str) -> Decision | Awaitable[Decision]:
        """Decide about one request; the result is awaitable if a call to Redis is necessary."""
