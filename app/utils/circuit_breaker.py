"""Stops asking a dependency that is known to be down."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

logger = logging.getLogger(__name__)


class CircuitOpenError(Exception):
    """The dependency is known to be down and is not asked now."""


@dataclass(frozen=True, slots=True)
class Admission:
    """Leave to make one call; to be handed back with its outcome."""

    generation: int
    is_probe: bool


class CircuitBreaker:
    """Opens after failures in a row, then lets one probe through per `open_seconds`.

    Outcomes of calls that began before the last change of state are ignored: a late failure
    must not close the door on a dependency that has just come back.
    """

    def __init__(
        self,
        *,
        name: str,
        failures_to_open: int,
        open_seconds: float,
        monotonic: Callable[[], float],
    ) -> None:
        self._name = name
        self._failures_to_open = failures_to_open
        self._open_seconds = open_seconds
        self._monotonic = monotonic
        self._failures = 0
        self._generation = 0
        self._closed = True
        self._retry_at = 0.0

    @property
    def is_open(self) -> bool:
        return self.retry_after > 0

    @property
    def retry_after(self) -> float:
        """Seconds until a call may be tried; 0 when it may now."""
        return 0.0 if self._closed else max(0.0, self._retry_at - self._monotonic())

    def admit(self) -> Admission:
        """Let a call begin; raises CircuitOpenError while open."""
        if self.is_open:
            raise CircuitOpenError
        if not self._closed:
            # armed again before the probe reports: a probe that never does blocks nothing
            self._hold_off()
        return Admission(self._generation, is_probe=not self._closed)

    def record_success(self, admission: Admission) -> None:
        if admission.generation != self._generation:
            return
        self._failures = 0
        if not self._closed:
            self._change(closed=True)
            logger.info("%s answers again", self._name)

    def record_failure(self, admission: Admission, *, conclusive: bool) -> None:
        """Open at once after a conclusive failure, else when enough follow one another."""
        if admission.generation != self._generation:
            return
        self._failures += 1
        if not self._closed:
            self._hold_off()
        elif conclusive or self._failures >= self._failures_to_open:
            self._change(closed=False)
            self._hold_off()
            logger.warning("%s is down and will not be asked for a while", self._name)

    def _hold_off(self) -> None:
        self._retry_at = self._monotonic() + self._open_seconds

    def _change(self, *, closed: bool) -> None:
        self._closed = closed
        self._generation += 1
        self._failures = 0
