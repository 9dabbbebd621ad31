import json
from dataclasses import replace
from functools import partial
from types import SimpleNamespace
from typing import Any, cast
from uuid import uuid4

import pytest

from app.infrastructure.messaging.consumer.incoming_message import IncomingMessage
from app.infrastructure.messaging.consumer.message_broker import ConsumerTiming
from app.infrastructure.resources import Resources
from devtools.rabbitmq import PrivateRabbitMQ
from tests.support.consumer_harness import ConsumerHarness
from tests.support.failing_handler import FailingHandler
from tests.support.other_service import OtherService
from tests.support.recording_metrics import RecordingMetrics
from tests.support.waiting import eventually


@pytest.fixture
def metrics() -> RecordingMetrics:
    return RecordingMetrics()


@pytest.fixture
def consumer(
    resources: Resources, rabbitmq: PrivateRabbitMQ, metrics: RecordingMetrics
) -> ConsumerHarness:
    timing = ConsumerTiming(delays=(0.05,))
    return ConsumerHarness(replace(resources, metrics=metrics), rabbitmq.url, timing)


def counted(metrics: RecordingMetrics, **outcomes: int) -> bool:
    expected = {("received_messages_total", name): number for name, number in outcomes.items()}
    return metrics.counts == expected


async def test_a_message_that_is_retried_is_counted_and_then_handled(
    consumer: ConsumerHarness, metrics: RecordingMetrics, other_service: OtherService
) -> None:
    consumer.callback = FailingHandler(1, RuntimeError("not now"))
    async with consumer.consuming(prefetch=4):
        await other_service.send({"name": "late"}, priority=8)
        await eventually(partial(counted, metrics, retried=1, handled=1))

    assert len(metrics.values["message_handling_seconds",]) == 1
    # The lag of the first attempt alone.
    (lag,) = metrics.values["message_lag_seconds",]
    assert 0 <= lag < 60


async def test_a_message_after_its_last_retry_is_parked(
    consumer: ConsumerHarness, metrics: RecordingMetrics, other_service: OtherService
) -> None:
    consumer.callback = FailingHandler(9, RuntimeError("never"))
    async with consumer.consuming(prefetch=4):
        await other_service.send({"name": "hopeless"})
        await eventually(partial(counted, metrics, retried=1, parked=1))


async def test_a_duplicate_and_a_message_without_a_handler_are_not_handled(
    consumer: ConsumerHarness, metrics: RecordingMetrics, other_service: OtherService
) -> None:
    async def ignore(message: IncomingMessage) -> bool:
        return bool(message.payload["name"] != "unknown")

    consumer.callback, identifier = ignore, str(uuid4())
    async with consumer.consuming(prefetch=1):
        await other_service.send({"name": "unknown"})
        await other_service.send({"name": "known"}, message_id=identifier)
        await other_service.send({"name": "known"}, message_id=identifier)
        await eventually(partial(counted, metrics, ignored=1, handled=1, duplicate=1))


@pytest.mark.parametrize(
    ("timestamp", "is_used"),
    [
        ("2026-01-01T00:00:00+02:00", True),
        ("2026-01-01T00:00:00Z", True),
        ("2026-01-01T00:00:00", False),
        ("0001-01-01T00:00:00+14:00", False),
        ("soon", False),
        (7, False),
        (None, False),
    ],
)
def test_a_time_that_is_not_valid_is_no_reason_to_refuse_a_message(
    timestamp: object,
    is_used: bool,  # noqa: FBT001
) -> None:
    body = {"id": "1", "from_service": "a", "payload": {}, "timestamp": timestamp}
    delivery = SimpleNamespace(body=json.dumps(body).encode(), user_id=None, headers={})

    message = IncomingMessage.parse(cast("Any", delivery))

    assert (message.created_at is not None) is is_used
