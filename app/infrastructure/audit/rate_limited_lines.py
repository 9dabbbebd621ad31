from datetime import UTC, datetime
from typing import Any

from app.infrastructure.logging.json_lines_log import JsonLinesLog
from app.infrastructure.logging.repeated_lines import RepeatedLines


class RateLimitedLines:
    """Writes one audit line in a minute for each client beyond its rate limit.

    A later line like the first says how many were left out, as `repeated`.
    """

    def __init__(self, file: JsonLinesLog) -> None:
        self._file = file
        self._lines = RepeatedLines(max_lines=1, report=self._write_repeated)

    def write(self, client: str, line: dict[str, Any]) -> None:
        if self._lines.admits(client, line):
            self._file.write(line)

    def close(self) -> None:
        self._lines.report_left_out()

    def _write_repeated(self, first: dict[str, Any], left_out: int) -> None:
        changed = {"timestamp": datetime.now(UTC), "request_id": None, "repeated": left_out}
        self._file.write({**first, **changed})
