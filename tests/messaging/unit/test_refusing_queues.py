import logging

import pytest

from app.infrastructure.messaging.refusing_queues import RefusingQueues


def test_a_refusing_queue_is_parked_until_its_time_is_up() -> None:
    lasting, over = RefusingQueues(seconds=60), RefusingQueues(seconds=0)
    for queues in (lasting, over):
        queues.note_refused({"queue_a"})

    assert lasting.parked == ["queue_a"]
    assert over.parked == []


def test_what_was_accepted_is_parked_no_more() -> None:
    queues = RefusingQueues(seconds=60)
    queues.note_refused({"queue_a", "queue_b"})

    queues.note_accepted({"queue_a", "queue_c"})

    assert queues.parked == ["queue_b"]


def test_it_tells_of_each_change_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    queues = RefusingQueues(seconds=0)

    for _ in range(3):
        queues.note_refused({"queue_a"})
    for _ in range(3):
        queues.note_accepted({"queue_a"})

    assert [record.levelname for record in caplog.records] == ["ERROR", "INFO"]
    assert all("queue_a" in record.getMessage() for record in caplog.records)
