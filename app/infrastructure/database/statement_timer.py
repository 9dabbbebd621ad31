"""Duration of each statement, under the name of the method that runs it."""

import sys
from collections.abc import Awaitable
from time import perf_counter
from types import FrameType
from typing import TypeVar

from app.infrastructure.logging.slow_work import SlowWork
from app.ports.metrics import Histogram, Metrics

T = TypeVar("T")

MAX_TEXTS = 2000
UNNAMED = "other"
BEGIN, COMMIT, ROLLBACK = "BEGIN", "COMMIT", "ROLLBACK"

_FIXED_NAMES = {text: text for text in (BEGIN, COMMIT, ROLLBACK)}
_OWN_PACKAGE = __name__.rpartition(".")[0]


class StatementTimer:
    """Times statements by use case: the method that calls the database, such as `Orders.find`.

    The method is found once for each text, on the stack. So a name comes from the code and never
    from a value, and a repository needs not say it.
    """

    def __init__(self, *, metrics: Metrics, slow: SlowWork) -> None:
        self._metrics = metrics
        self._slow = slow
        self._names = dict(_FIXED_NAMES)
        self._durations: dict[str, Histogram] = {}

    def remember(self, sql: str) -> None:
        """Name a statement that will be executed later, or by another task."""
        if sql not in self._names:
            self._name(sql)

    async def time(self, sql: str, statement: Awaitable[T]) -> T:
        """Await the statement; its text is empty if it has none, such as COPY."""
        started = perf_counter()
        try:
            return await statement
        except Exception as error:
            self.count_failure(error)
            raise
        finally:
            self._record(self._names.get(sql) or self._name(sql), perf_counter() - started)

    def count_failure(self, error: Exception) -> None:
        self._metrics.increment(
            "db_client_operation_failures_total", error_type=type(error).__name__
        )

    def _record(self, name: str, seconds: float) -> None:
        durations = self._durations.get(name)
        if durations is None:
            durations = self._durations[name] = self._metrics.histogram(
                "db_client_operation_duration_seconds", db_operation_name=name
            )
        durations.observe(seconds)
        if seconds >= self._slow.threshold_seconds:
            self._slow.warn(name, seconds)

    def _name(self, sql: str) -> str:
        name = _calling_method(sys._getframe(1)) or UNNAMED  # noqa: SLF001
        if len(self._names) >= MAX_TEXTS:
            self._names = dict(_FIXED_NAMES)
        if sql:
            self._names[sql] = name
        return name


def _calling_method(frame: FrameType | None) -> str | None:
    """Return the first method outside this package that is on the stack."""
    while frame is not None:
        name = frame.f_code.co_qualname
        is_method = "." in name and "<locals>" not in name
        if is_method and not frame.f_globals.get("__name__", "").startswith(_OWN_PACKAGE):
            return name
        frame = frame.f_back
    return None
