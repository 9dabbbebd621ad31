"""Bound what clients can write into logs by sending the same refused request again and again."""

import asyncio
from collections.abc import Callable, Hashable
from contextvars import Context
from dataclasses import dataclass
from time import monotonic
from typing import Generic, TypeVar

Line = TypeVar("Line")

WINDOW_SECONDS = 60.0
MAX_KEYS = 1000


@dataclass(slots=True)
class _Lines(Generic[Line]):
    first: Line
    count: int = 0


class RepeatedLines(Generic[Line]):
    """Admits `max_lines` for each key in a window, and counts further ones.

    At the end of the window `report` gets the first line of each key that had more, and how many
    were left out. All keys share one window. Beyond MAX_KEYS, new keys share one allowance.
    """

    def __init__(
        self,
        *,
        max_lines: int,
        report: Callable[[Line, int], None],
        now: Callable[[], float] = monotonic,
    ) -> None:
        self._max_lines = max_lines
        self._report = report
        self._now = now
        self._lines: dict[Hashable, _Lines[Line]] = {}
        self._window_ends = 0.0

    def admits(self, key: Hashable, line: Line) -> bool:
        """Return whether the line may be written; otherwise it is counted."""
        if self._now() >= self._window_ends:
            self._begin_window()
        if key not in self._lines and len(self._lines) >= MAX_KEYS:
            key = None
        lines = self._lines.setdefault(key, _Lines(line))
        lines.count += 1
        return lines.count <= self._max_lines

    def report_left_out(self) -> None:
        """Report what has been left out, and count from the beginning."""
        ended, self._lines = self._lines, {}
        for lines in ended.values():
            if (left_out := lines.count - self._max_lines) > 0:
                # Not in the context of a request, whose ID the log would show.
                Context().run(self._report, lines.first, left_out)

    def _begin_window(self) -> None:
        self.report_left_out()
        self._window_ends = self._now() + WINDOW_SECONDS
        # Also without a further line; the loop may end before.
        asyncio.get_running_loop().call_later(WINDOW_SECONDS, self.report_left_out)
