"""What the background probes found out, and when."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, Self

Status = Literal["healthy", "unavailable", "disabled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """The newest answer of one probe."""

    status: Status
    latency_ms: float | None
    checked_at: datetime | None

    @classmethod
    def never(cls, status: Status) -> Self:
        return cls(status=status, latency_ms=None, checked_at=None)

    @classmethod
    def now(cls, status: Status, *, seconds: float) -> Self:
        return cls(status=status, latency_ms=round(seconds * 1000, 2), checked_at=datetime.now(UTC))
