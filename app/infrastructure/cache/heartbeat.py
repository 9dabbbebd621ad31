"""Proof that the invalidations of other machines arrive in this process."""

from itertools import count

INTERVAL_SECONDS = 0.5
"""Time between two heartbeats: with 40 processes, Redis handles 80 of them a second."""

MAX_STALENESS_SECONDS = 2.0
"""Longest time for which a response may be older than a change on another machine."""

MAX_UNRETURNED = 4


class Heartbeat:
    """Until when responses in this process may be used without asking Redis or PostgreSQL.

    The process sends itself messages through Redis, over the connection that also carries the
    invalidations. Redis keeps their order: a message that came back proves that every
    invalidation published before it was sent has been applied.
    """

    def __init__(self) -> None:
        self.valid_until = float("-inf")
        self._numbers = count()
        self._latest: tuple[bytes, float] = (b"", 0.0)
        self._unreturned = 0

    @property
    def is_lost(self) -> bool:
        """Whether the last ones were accepted by Redis, but did not come back."""
        return self._unreturned >= MAX_UNRETURNED

    def record_subscribed(self) -> None:
        self._unreturned = 0

    def next_message(self) -> bytes:
        return b"%d" % next(self._numbers)

    def record_sent(self, message: bytes, *, sent_at: float) -> None:
        """Record that Redis has accepted a message; `sent_at` is the time before it was sent."""
        self._latest = (message, sent_at)
        self._unreturned += 1

    def record_received(self, message: bytes) -> None:
        """Extend the validity; a message that is not the latest one proves nothing new."""
        latest, sent_at = self._latest
        if message == latest:
            self.valid_until = sent_at + MAX_STALENESS_SECONDS
            self._unreturned = 0
