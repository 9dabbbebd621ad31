"""No message stops the consumer: honest messages between hostile ones are all handled."""

from collections import Counter

import pytest

from app.infrastructure.messaging.consumer.incoming_message import (
    IncomingMessage,
    UnacceptableMessageError,
)
from devtools.rabbitmq import PrivateRabbitMQ
from tests.infrastructure.messaging.conftest import LinesWith, require_one_connection
from tests.support.consumer_fixtures import OpenConsumer
from tests.support.consumer_harness import ConsumerHarness
from tests.support.hostile_messages import (
    ACCEPTED_BODIES,
    BODIES,
    PROPERTIES,
    REFUSED_PROPERTIES,
    body_of,
)
from tests.support.other_service import OtherService
from tests.support.raw_amqp import RawPublisher, is_stored, long, short, table
from tests.support.waiting import eventually

DELAYS = (0.05,)
LINE_CHARACTERS = 1000
SECONDS = 120


async def fail_by_name(consumer: ConsumerHarness, message: IncomingMessage) -> None:
    name = message.payload["name"]
    if name.startswith("unacceptable "):
        raise UnacceptableMessageError(name)
    if name.startswith("failing"):
        raise ValueError(name)
    await consumer.record(message)


def require_bounded(caplog: pytest.LogCaptureFixture, messages: int) -> None:
    """At most one line for each attempt, each of bounded length and without control characters."""
    own = [each for each in caplog.records if each.name.startswith("app.infrastructure.messaging")]
    assert len(own) <= messages
    assert all(len(each.getMessage()) <= LINE_CHARACTERS for each in own)
    assert all(each.getMessage().isprintable() for each in own)


async def test_hostile_properties_change_nothing_and_survive_no_copy(
    open_consumer: OpenConsumer,
    other_service: OtherService,
    rabbitmq: PrivateRabbitMQ,
    lines: LinesWith,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Each is handled, parked at once, and retried and then parked, with the same properties."""
    await other_service.declare()
    names = [*PROPERTIES]
    dead = [f"{kind} {name}" for kind in ("unacceptable", "failing") for name in names]

    async with (
        RawPublisher.connected(rabbitmq.url) as publisher,
        open_consumer(delays=DELAYS) as consumer,
    ):
        consumer.callback = lambda message: fail_by_name(consumer, message)
        for name in [*names, *dead]:
            values = PROPERTIES[name.removeprefix("unacceptable ").removeprefix("failing ")]
            await publisher.publish(other_service.queue, body_of(name), values)
            await other_service.send({"name": f"honest {name}"})
        wanted = Counter([*names, *(f"honest {name}" for name in [*names, *dead])])
        await eventually(lambda: Counter(consumer.names) == wanted, seconds=SECONDS)
        parked = [await other_service.wait_for_message(f"{other_service.queue}.dead") for _ in dead]

    assert Counter(str(each.headers["x-error"]).split(": ", 1)[1] for each in parked) == Counter(
        dead
    )
    own_headers = {"x-tries", "x-error", "x-sender", "x-request-id", "traceparent", "x-death"}
    own_headers |= {"tracestate"}
    assert all(own_headers >= each.headers.keys() for each in parked)
    assert all((each.message_id or "").isprintable() and each.message_id for each in parked)
    assert all(each.headers["x-sender"] == "" for each in parked)
    require_one_connection(lines)
    require_bounded(caplog, messages=2 * len(names) + 4 * len(dead) + 10)


async def test_hostile_bodies_are_parked_with_a_reason(
    open_consumer: OpenConsumer,
    other_service: OtherService,
    rabbitmq: PrivateRabbitMQ,
    lines: LinesWith,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await other_service.declare()

    async with (
        RawPublisher.connected(rabbitmq.url) as publisher,
        open_consumer(delays=()) as consumer,
    ):
        for name, body in {**BODIES, **ACCEPTED_BODIES}.items():
            await publisher.publish(other_service.queue, body, {"message_id": short(name.encode())})
            await other_service.send({"name": f"honest {name}"})
        wanted = {*ACCEPTED_BODIES, *(f"honest {name}" for name in {**BODIES, **ACCEPTED_BODIES})}
        await eventually(lambda: set(consumer.names) == wanted, seconds=SECONDS)
        parked = {
            each.message_id: each
            for _ in BODIES
            if (each := await other_service.wait_for_message(f"{other_service.queue}.dead"))
        }

    assert {name: each.body for name, each in parked.items()} == BODIES
    assert all(
        "UnacceptableMessageError: " in str(each.headers["x-error"]) for each in parked.values()
    )
    require_one_connection(lines)
    require_bounded(caplog, messages=len(BODIES) + len(wanted) + 10)


async def test_what_the_broker_does_not_refuse_is_handled(
    open_consumer: OpenConsumer,
    other_service: OtherService,
    rabbitmq: PrivateRabbitMQ,
    lines: LinesWith,
) -> None:
    await other_service.declare()
    wanted = {"honest"}

    async with open_consumer() as consumer:
        for name, values in REFUSED_PROPERTIES.items():
            if await is_stored(rabbitmq.url, other_service.queue, body_of(name), values):
                wanted.add(name)
        await other_service.send({"name": "honest"})
        await eventually(lambda: set(consumer.names) == wanted)

    require_one_connection(lines)


async def test_a_used_id_has_no_second_effect(
    open_consumer: OpenConsumer, other_service: OtherService, rabbitmq: PrivateRabbitMQ
) -> None:
    async with (
        RawPublisher.connected(rabbitmq.url) as publisher,
        open_consumer() as consumer,
    ):
        used = await other_service.send({"name": "honest"})
        await eventually(lambda: consumer.names == ["honest"])
        await publisher.publish(other_service.queue, body_of("replayed", id=used), {})
        await other_service.send({"name": "last"})
        await eventually(lambda: "last" in consumer.names)

    assert consumer.names == ["honest", "last"]


@pytest.mark.parametrize("name", [b"CC", b"BCC"])
async def test_a_copy_reaches_no_other_queue(
    open_consumer: OpenConsumer, other_service: OtherService, rabbitmq: PrivateRabbitMQ, name: bytes
) -> None:
    """The sender may not write to that queue, but the service may."""
    dead, elsewhere = f"{other_service.queue}.dead", f"{other_service.queue}-elsewhere"
    values = {"headers": table((name, b"A" + long(b"S" + long(elsewhere.encode()))))}
    await other_service.declare()
    async with RawPublisher.connected(rabbitmq.url) as publisher:
        await publisher.publish(other_service.queue, body_of("failing"), values)
        await publisher.publish(other_service.queue, b"not JSON", values)
    # After the messages, which the broker itself delivers to the queues in `CC`.
    await other_service.get_message(elsewhere)

    async with open_consumer(delays=DELAYS) as consumer:
        consumer.callback = lambda message: fail_by_name(consumer, message)
        for _ in range(2):
            await other_service.wait_for_message(dead)

    assert await other_service.get_message(elsewhere) is None
