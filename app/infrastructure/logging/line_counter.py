import logging

from app.ports.metrics import Metrics

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
OTHER_LEVEL = "_OTHER"


class LineCounter(logging.Handler):
    """Counts the lines of the log by level; it writes nothing."""

    def __init__(self, metrics: Metrics) -> None:
        super().__init__()
        self._counters = {
            level: metrics.counter("log_lines_total", level=level)
            for level in (*LEVELS, OTHER_LEVEL)
        }

    def emit(self, record: logging.LogRecord) -> None:
        self._counters.get(record.levelname, self._counters[OTHER_LEVEL]).add()
