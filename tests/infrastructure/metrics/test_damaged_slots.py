"""A slot file that a full disk or a crash of the machine has damaged."""

import struct
from pathlib import Path

import pytest

from app.infrastructure.metrics.memory import MEMORY_BYTES
from tests.support.metrics_worker import Worker


@pytest.mark.parametrize(
    "content",
    [
        b"\0" * 4096,
        struct.pack("=Q", 2**40) + bytes(MEMORY_BYTES - 8),
        struct.pack("=QII", 400, 8, 1) + b"\xff" * (MEMORY_BYTES - 16),
        struct.pack("=QII", 400, 2, 1) + b"{}" + bytes(MEMORY_BYTES - 18),
        struct.pack("=QII", 48, 24, 2) + b'["log_lines_lost_total"]' + bytes(MEMORY_BYTES - 40),
    ],
    ids=["not complete", "end beyond the file", "no text", "no key", "other cells"],
)
def test_a_damaged_slot_is_not_read_and_taken_anew(directory: Path, content: bytes) -> None:
    first = Worker(directory)
    (directory / "1.slot").write_bytes(content)
    (directory / "2.slot").write_bytes(content)
    first.metrics.increment("log_lines_lost_total")
    assert first.collect("log_lines_lost_total") == {(): [1]}

    second = Worker(directory)
    second.metrics.increment("log_lines_lost_total")

    assert first.collect("log_lines_lost_total") == {(): [2]}
    assert second.collect("log_lines_lost_total") == {(): [2]}
    for worker in (first, second):
        worker.slots.leave()
    assert not directory.exists()
