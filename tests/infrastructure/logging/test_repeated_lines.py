"""Lines that a client causes again and again are bounded, and what is left out is counted."""

import asyncio

import pytest

from app.infrastructure.logging import repeated_lines
from app.infrastructure.logging.repeated_lines import MAX_KEYS, WINDOW_SECONDS, RepeatedLines
from app.utils.request_context import request_id
from tests.support.waiting import eventually


class Log:
    def __init__(self, max_lines: int) -> None:
        self.now = 1000.0
        self.reports: list[tuple[str, int]] = []
        self.request_ids: set[str | None] = set()
        self.lines = RepeatedLines(max_lines=max_lines, report=self._report, now=lambda: self.now)

    def _report(self, first: str, left_out: int) -> None:
        self.reports.append((first, left_out))
        self.request_ids.add(request_id.get())

    def admitted(self, key: str, count: int) -> int:
        return sum(self.lines.admits(key, f"{key}{number}") for number in range(count))


async def test_each_key_has_its_lines_in_a_window() -> None:
    log = Log(max_lines=2)

    assert [log.admitted(key, 5) for key in "ab"] == [2, 2]
    assert log.admitted("c", 1) == 1
    log.now += WINDOW_SECONDS - 1
    assert log.admitted("a", 5) == 0
    assert log.reports == []


async def test_the_next_window_reports_what_was_left_out() -> None:
    log = Log(max_lines=2)
    for key, count in (("a", 5), ("b", 2), ("c", 3)):
        log.admitted(key, count)
    token = request_id.set("of-another-request")

    log.now += WINDOW_SECONDS

    assert log.admitted("a", 5) == 2
    assert log.reports == [("a0", 3), ("c0", 1)]
    assert log.request_ids == {None}
    request_id.reset(token)


async def test_what_was_left_out_is_reported_without_a_further_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(repeated_lines, "WINDOW_SECONDS", 0.01)
    log = Log(max_lines=1)
    log.admitted("a", 3)

    async def has_report() -> bool:
        return log.reports == [("a0", 2)]

    await eventually(has_report)
    await asyncio.sleep(0)
    assert log.reports == [("a0", 2)]


async def test_the_end_of_the_process_reports_once() -> None:
    log = Log(max_lines=1)
    log.admitted("a", 3)
    for _ in range(2):
        log.lines.report_left_out()

    assert log.reports == [("a0", 2)]


async def test_very_many_keys_share_the_last_lines() -> None:
    log = Log(max_lines=1)
    admitted = sum(log.admitted(f"key-{number}-", 2) for number in range(3 * MAX_KEYS))

    assert admitted == MAX_KEYS + 1
    log.lines.report_left_out()
    assert len(log.reports) == MAX_KEYS + 1
    assert sum(left_out for _, left_out in log.reports) == 6 * MAX_KEYS - admitted
