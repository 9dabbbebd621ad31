"""Circuit breaker: fail fast while a dependency is down."""

import logging
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from app.utils.expiring_cache import ExpiringCache

MAX_SOURCES = 1000
SUSPECT_SECONDS = 600

logger = logging.getLogger(__name__)


class CircuitOpenError(Exception):
    """The circuit is open: the dependency is down and is not called."""


@dataclass(frozen=True, slots=True)
class Admission:
    """Permission for one call; pass it to `record_success` or `record_failure`."""

    generation: int
    is_probe: bool
    source: Hashable


class CircuitBreaker:
    """Opens after consecutive failures, then admits one probe per `open_seconds`.

    A call can fail because of the dependency or because of its source, such as a caller. Failures
    count once per source, and not within `open_seconds` after a success. A source that failed
    before another one succeeded is a suspect until it succeeds: its failures do not count, and it
    waits longer for a probe than the others. So bad sources do not keep the circuit open.

    Outcomes of calls that started before the last state change are ignored: a late failure must
    not open the circuit to a dependency that has just recovered.
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
        # Failed since the last success; kept while the circuit is open.
        self._failed: set[Hashable] = set()
        self._suspects: ExpiringCache[Hashable, Hashable] = ExpiringCache(
            max_entries=MAX_SOURCES, monotonic=monotonic
        )
        self._generation = 0
        self._closed = True
        self._retry_at = 0.0
        self._trusted_until = 0.0

    @property
    def is_open(self) -> bool:
        return self.retry_after > 0

    @property
    def retry_after(self) -> float:
        """Seconds until the next call is admitted; 0 if a call is admitted now."""
        return 0.0 if self._closed else max(0.0, self._retry_at - self._monotonic())

    def admit(self, source: Hashable) -> Admission:
        """Admit a call; raises CircuitOpenError while the circuit is open."""
        if not self._closed:
            if self._monotonic() < self._retry_at + self._delay_of(source):
                raise CircuitOpenError
            # Restart the wait before the probe ends, so that a lost probe blocks nothing.
            self._restart_wait()
        return Admission(self._generation, is_probe=not self._closed, source=source)

    def _delay_of(self, source: Hashable) -> float:
        is_bad = source in self._failed or self._is_suspect(source)
        return self._open_seconds / 4 if is_bad else 0

    def record_success(self, admission: Admission) -> None:
        if admission.generation != self._generation:
            return
        self._suspect_failed_sources()
        self._suspects.discard(admission.source)
        self._trusted_until = self._monotonic() + self._open_seconds
        if not self._closed:
            self._change(closed=True)
            logger.info("%s is available again", self._name)

    def record_failure(self, admission: Admission, *, conclusive: bool) -> None:
        """Open at once after a conclusive failure, else after those of `failures_to_open` sources.

        A failure is conclusive if the source cannot be its cause.
        """
        if admission.generation != self._generation:
            return
        if not conclusive:
            self._remember_failure(admission.source)
        if not self._closed:
            self._restart_wait()
        elif conclusive or self._dependency_seems_down():
            self._change(closed=False)
            self._restart_wait()
            logger.warning("%s is down; calls are suspended", self._name)

    def _remember_failure(self, source: Hashable) -> None:
        if self._is_suspect(source):
            self._suspects.put(source, source, seconds=SUSPECT_SECONDS)
        elif len(self._failed) < MAX_SOURCES:
            self._failed.add(source)

    def _is_suspect(self, source: Hashable) -> bool:
        return self._suspects.find(source) is not None

    def _dependency_seems_down(self) -> bool:
        is_trusted = self._monotonic() < self._trusted_until
        return not is_trusted and len(self._failed) >= self._failures_to_open

    def _suspect_failed_sources(self) -> None:
        for source in self._failed:
            self._suspects.put(source, source, seconds=SUSPECT_SECONDS)
        self._failed.clear()

    def _restart_wait(self) -> None:
        self._retry_at = self._monotonic() + self._open_seconds

    def _change(self, *, closed: bool) -> None:
        self._closed = closed
        self._generation += 1
