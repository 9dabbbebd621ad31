"""Retries and redrives are traces of their own, with a link to what caused them."""

from collections.abc import AsyncIterator

import pytest

from app.config.settings import Settings
from app.infrastructure.messaging.consumer.message_broker import ConsumerTiming
from app.infrastructure.messaging.opening import open_dead_queue
from app.infrastructure.messaging.outbox.outbox_admin import OutboxAdmin
from app.infrastructure.resources import Resources, open_resources
from devtools.rabbitmq import PrivateRabbitMQ
from tests.support.consumer_harness import ConsumerHarness
from tests.support.failing_handler import FailingHandler
from tests.support.other_service import OtherService
from tests.support.otlp_receiver import OtlpReceiver
from tests.support.queue_reader import receive
from tests.support.waiting import eventually

TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"
SAMPLED = f"00-{TRACE_ID}-{PARENT}-01"
UNSAMPLED = f"00-{TRACE_ID}-{PARENT}-00"


@pytest.fixture
def traced_settings(consumer_settings: Settings, receiver: OtlpReceiver) -> Settings:
    traced = {"otel_exporter_otlp_endpoint": receiver.url, "trace_sample_ratio": 1}
    return Settings.model_validate(consumer_settings.model_dump() | traced)


@pytest.fixture
async def resources(traced_settings: Settings) -> AsyncIterator[Resources]:
    """Open a consumer that sends traces; a test waits for the spans that it reads."""
    async with open_resources(traced_settings) as opened:
        yield opened


def consumer_of(resources: Resources, *delays: float) -> ConsumerHarness:
    url = resources.settings.rabbitmq_url
    assert url is not None
    return ConsumerHarness(resources, url.get_secret_value(), ConsumerTiming(delays=delays))


async def test_a_retry_is_linked_to_the_message(
    resources: Resources, other_service: OtherService, receiver: OtlpReceiver
) -> None:
    name = f"process {other_service.queue}"
    consumer = consumer_of(resources, 0.05)
    consumer.callback = failing = FailingHandler(1, RuntimeError("not now"))
    async with consumer.consuming(prefetch=4):
        await other_service.send({"name": "late"}, headers={"traceparent": SAMPLED})
        await eventually(failing.has_handled)
        await eventually(lambda: len(receiver.named(name)) == 2)

    first, retry = sorted(
        receiver.named(name), key=lambda span: span.attributes["app.message.tries"]
    )
    assert (first.trace_id, first.parent, first.links) == (TRACE_ID, PARENT, [])
    assert (first.is_failed, first.attributes["error.type"]) == (True, "RuntimeError")
    assert (retry.parent, retry.links) == ("", [(TRACE_ID, PARENT)])
    assert retry.trace_id != TRACE_ID
    assert not retry.is_failed


async def test_a_redriven_dead_message_is_linked_to_its_cause(
    resources: Resources, other_service: OtherService, receiver: OtlpReceiver
) -> None:
    name = f"process {other_service.queue}"
    consumer = consumer_of(resources)
    consumer.callback = failing = FailingHandler(1, RuntimeError("not now"))
    async with (
        open_dead_queue(resources.settings) as dead_queue,
        consumer.consuming(prefetch=4),
    ):
        await other_service.send({"name": "late"}, headers={"traceparent": SAMPLED})

        async def is_dead() -> bool:
            return await dead_queue.count() == 1

        await eventually(is_dead)
        await dead_queue.redrive(None)
        await eventually(failing.has_handled)
        await eventually(lambda: len(receiver.named(name)) == 2)

    (redriven,) = [span for span in receiver.named(name) if span.links]
    assert (redriven.parent, redriven.links) == ("", [(TRACE_ID, PARENT)])


async def test_a_redriven_outbox_message_is_linked_to_its_request(
    resources: Resources,
    other_service: OtherService,
    receiver: OtlpReceiver,
    rabbitmq: PrivateRabbitMQ,
) -> None:
    await resources.database.execute(
        """
        INSERT INTO outbox (
            id, queue, priority, from_service, to_service, headers, body, created_at, dead_at
        )
        VALUES (gen_random_uuid(), $1, 5, 'x', 'http://x', $2::jsonb, '{}', now(), now())
        """,
        other_service.queue,
        f'{{"traceparent": "{SAMPLED}"}}',
    )

    assert await OutboxAdmin(database=resources.database).redrive(None) == 1
    await eventually(lambda: bool(receiver.named(f"send {other_service.queue}")))
    (message,) = await receive(rabbitmq.url, other_service.queue, count=1)

    sending = receiver.one(f"send {other_service.queue}")
    assert (sending.parent, sending.links) == ("", [(TRACE_ID, PARENT)])
    assert message.headers["traceparent"] == sending.traceparent


async def test_a_message_that_its_sender_has_not_sampled_is_not_recorded(
    resources: Resources, other_service: OtherService, receiver: OtlpReceiver
) -> None:
    consumer = consumer_of(resources)
    async with consumer.consuming(prefetch=1):
        await other_service.send({"name": "unsampled"}, headers={"traceparent": UNSAMPLED})
        await other_service.send({"name": "sampled"}, headers={"traceparent": SAMPLED})
        await eventually(lambda: len(consumer.seen) == 2)
        await eventually(lambda: bool(receiver.named(f"process {other_service.queue}")))

    assert len(receiver.named(f"process {other_service.queue}")) == 1
