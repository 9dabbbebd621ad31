"""Health of the dependencies, as found by background probes."""

import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, Self

Status = Literal["healthy", "degraded", "unavailable", "disabled"]
OUTAGES = ("unavailable", "misconfigured")


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """Result of the newest probe of one dependency."""

    status: Status
    latency_ms: float | None
    checked_at: datetime | None
    detail: str | None = None
    """What is wrong, without credentials."""

    @classmethod
    def unchecked(cls, status: Status) -> Self:
        return cls(status=status, latency_ms=None, checked_at=None)

    @classmethod
    def now(cls, status: Status, *, seconds: float, detail: str | None = None) -> Self:
        milliseconds = round(seconds * 1000, 2)
        now = datetime.now(UTC)
        return cls(status=status, latency_ms=milliseconds, checked_at=now, detail=detail)


class HealthRecord:
    """Newest check of one dependency; logs one line per change of its condition.

    The condition is healthy, unavailable, misconfigured (unavailable until a right or a
    setting is changed), failing (it cannot complete some requests until an operator acts), or
    strained: probes succeed while requests fail.
    `changes` counts the changes of the condition.
    """

    def __init__(self, dependency: str, logger: logging.Logger) -> None:
        self._dependency = dependency
        self._logger = logger
        self._condition = ""
        self.is_up = False
        self.changes = 0
        self.result = CheckResult.unchecked("unavailable")

    def record_success(self, *, seconds: float, strain: str = "", fault: str = "") -> None:
        """Record a successful probe.

        `strain` describes requests that failed since the last one, `fault` why some will fail.
        """
        status: Status = "degraded" if fault else "healthy"
        self.result = CheckResult.now(status, seconds=seconds, detail=fault or strain or None)
        self.is_up = True
        if fault:
            self._set_condition("failing", logging.ERROR, fault)
        # Failures during an outage are part of the outage.
        elif strain and self._condition not in OUTAGES:
            self._set_condition("strained", logging.WARNING, strain)
        else:
            self._set_condition("healthy", logging.INFO)

    def record_failure(
        self, reason: str, *, seconds: float, is_misconfigured: bool = False
    ) -> None:
        """Record a failure; `reason` is logged and shown, and must not hold credentials."""
        self.result = CheckResult.now("unavailable", seconds=seconds, detail=reason)
        self.is_up = False
        condition = "misconfigured" if is_misconfigured else "unavailable"
        self._set_condition(condition, logging.ERROR, reason)

    def _set_condition(self, condition: str, level: int, reason: str = "") -> None:
        if condition == self._condition:
            return
        self._condition = condition
        self.changes += 1
        detail = reason and f" ({reason})"
        self._logger.log(level, "%s is %s%s", self._dependency, condition, detail)
