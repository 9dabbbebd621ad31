"""Requests of a client that one process may admit without a call to Redis."""

import asyncio
from dataclasses import dataclass, field
from math import ceil

from app.infrastructure.rate_limit.allowance_script import Grant, GrantRequest
from app.infrastructure.rate_limit.rate_limiter import Decision

# Maximum time without a new call: another process may have returned unused requests.
REFUSAL_SECONDS = 1.0


@dataclass(slots=True)
class Allowance:
    """Allowance of one client in one process; all times are of the monotonic clock."""

    waiters: list[asyncio.Future[Decision]] = field(default_factory=list)
    _unused: int = 0
    _usable_until: float = 0
    _sub_window: int = 0
    _remaining: int = 0
    _grows_at: float = 0
    _refused_until: float = 0
    _used: int = 0
    _used_since: float = 0
    _per_second: int = 0

    def has_grant(self, now: float) -> bool:
        return self._unused > 0 and now < self._usable_until

    def is_refused(self, now: float) -> bool:
        """A part of a grant that arrived too late is requested again before anything is refused."""
        return not self._unused and now < self._refused_until

    def use(self, now: float, *, at_most: int) -> Decision:
        """Admit one request and report at most `at_most` as remaining."""
        self._unused -= 1
        self._used += 1
        return Decision(
            is_admitted=True,
            remaining=min(self._remaining + self._unused, at_most),
            reset_after=self._seconds_to_growth(now),
        )

    def refuse(self, now: float) -> Decision:
        return Decision(is_admitted=False, remaining=0, reset_after=self._seconds_to_growth(now))

    def build_request(self, now: float) -> GrantRequest:
        """Request a grant for all waiters, and return the unused rest of the last one."""
        self._measure_rate(now)
        returned, self._unused = self._unused, 0
        return GrantRequest(
            needed=len(self.waiters),
            per_second=self._per_second,
            sub_window=self._sub_window,
            returned=returned,
        )

    def apply_grant(self, grant: Grant, *, requested_at: float, needed: int) -> None:
        self._unused = grant.granted
        self._usable_until = requested_at + grant.usable_ms / 1000
        self._sub_window = grant.sub_window
        self._remaining = grant.left
        self._grows_at = requested_at + grant.grows_in_ms / 1000
        if grant.granted < needed:
            self._refused_until = min(self._grows_at, requested_at + REFUSAL_SECONDS)

    def _measure_rate(self, now: float) -> None:
        seconds = now - self._used_since
        if seconds >= 1:
            self._per_second = int(self._used / seconds)
            self._used, self._used_since = 0, now

    def _seconds_to_growth(self, now: float) -> int:
        return max(1, ceil(self._grows_at - now))
