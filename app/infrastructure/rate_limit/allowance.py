import asyncio
from dataclasses import dataclass, field
from math import ceil

from app.infrastructure.rate_limit.allowance_script import Grant, Order
from app.infrastructure.rate_limit.rate_limiter import Verdict

# Another process may have given something back meanwhile.
REFUSAL_SECONDS = 1.0


@dataclass(slots=True)
class Allowance:
    """What one process knows of one client; all times are of the monotonic clock."""

    waiters: list[asyncio.Future[Verdict]] = field(default_factory=list)
    _unused: int = 0
    _usable_until: float = 0
    _slot: int = 0
    _left: int = 0
    _grows_at: float = 0
    _refused_until: float = 0
    _used: int = 0
    _used_since: float = 0
    _per_second: int = 0

    def has_grant(self, now: float) -> bool:
        return self._unused > 0 and now < self._usable_until

    def is_refused(self, now: float) -> bool:
        return now < self._refused_until

    def use(self, now: float, *, at_most: int) -> Verdict:
        """Admit one; `at_most` so many more pass here, whatever Redis grants."""
        self._unused -= 1
        self._used += 1
        return Verdict(
            is_admitted=True,
            remaining=min(self._left + self._unused, at_most),
            reset_after=self._seconds_to_growth(now),
        )

    def refusal(self, now: float) -> Verdict:
        return Verdict(is_admitted=False, remaining=0, reset_after=self._seconds_to_growth(now))

    def order(self, now: float) -> Order:
        """Ask for all who wait, and give back what is left: it may not be used any more."""
        self._measure_pace(now)
        returned, self._unused = self._unused, 0
        return Order(
            needed=len(self.waiters),
            per_second=self._per_second,
            slot=self._slot,
            returned=returned,
        )

    def receive(self, grant: Grant, *, asked_at: float, needed: int) -> None:
        self._unused = grant.granted
        self._usable_until = asked_at + grant.usable_ms / 1000
        self._slot = grant.slot
        self._left = grant.left
        self._grows_at = asked_at + grant.grows_in_ms / 1000
        if grant.granted < needed:
            self._refused_until = min(self._grows_at, asked_at + REFUSAL_SECONDS)

    def _measure_pace(self, now: float) -> None:
        seconds = now - self._used_since
        if seconds >= 1:
            self._per_second = int(self._used / seconds)
            self._used, self._used_since = 0, now

    def _seconds_to_growth(self, now: float) -> int:
        return max(1, ceil(self._grows_at - now))
