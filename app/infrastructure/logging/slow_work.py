import logging
from math import inf

from app.infrastructure.logging.repeated_lines import RepeatedLines

logger = logging.getLogger("app.slow")

MAX_LINES = 5
"""Lines a minute for each name."""


class SlowWork:
    """Warns of work that took longer than a threshold; `kind` is what it is, such as `request`."""

    def __init__(self, kind: str, *, threshold_ms: float) -> None:
        self._kind = kind
        self.threshold_seconds = threshold_ms / 1000 if threshold_ms else inf
        self._lines = RepeatedLines(max_lines=MAX_LINES, report=self._report)

    def warn(self, name: str, seconds: float) -> None:
        """Log a line, unless the name has had enough of them in this minute."""
        if not self._lines.admits(name, name):
            return
        milliseconds = round(seconds * 1000, 1)
        logger.warning(
            "Slow %s: %s took %.0f ms",
            *(self._kind, name, milliseconds),
            extra={"operation": name, "duration_ms": milliseconds},
        )

    def report_left_out(self) -> None:
        self._lines.report_left_out()

    def _report(self, name: str, left_out: int) -> None:
        logger.warning(
            "Slow %s: %s was slow %d more times within a minute",
            *(self._kind, name, left_out),
            extra={"operation": name},
        )
