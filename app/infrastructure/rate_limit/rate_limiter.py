from collections.abc import Awaitable
from typing import NamedTuple, Protocol

WINDOW_SECONDS = 60


class Verdict(NamedTuple):
    """Whether a request may pass, how many more may, and seconds until that grows."""

    is_admitted: bool
    remaining: int
    reset_after: int


class RateLimiter(Protocol):
    """Admits at most so many requests of a client in any 60 consecutive seconds."""

    def admit(self, client: str) -> Verdict | Awaitable[Verdict]:
        """Decide about one request: at once where this process can, else by asking."""
