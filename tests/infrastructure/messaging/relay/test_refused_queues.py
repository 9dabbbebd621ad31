import logging

import pytest

from app.infrastructure.messaging.relay.refused_queues import RefusedQueues


def test_a_refused_queue_is_paused_for_a_limited_time() -> None:
    lasting, expired = RefusedQueues(seconds=60), RefusedQueues(seconds=0)
    for queues in (lasting, expired):
        queues.pause({"queue_a": "a reason"})

    assert lasting.paused == ["queue_a"]
    assert expired.paused == []


def test_an_accepted_message_ends_the_pause() -> None:
    queues = RefusedQueues(seconds=60)
    queues.pause({"queue_a": "", "queue_b": ""})

    queues.resume({"queue_a", "queue_c"})

    assert queues.paused == ["queue_b"]


def test_each_change_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    queues = RefusedQueues(seconds=0)

    for _ in range(3):
        queues.pause({"queue_a": "a reason"})
    for _ in range(3):
        queues.resume({"queue_a"})

    assert [record.levelname for record in caplog.records] == ["ERROR", "INFO"]
    assert all("queue_a" in record.getMessage() for record in caplog.records)
