"""Messages are handled once, by urgency; invalid ones go to the dead queue."""

import asyncio
import json
from typing import Any

import pytest

from app.infrastructure.messaging.consumer.incoming_message import (
    IncomingMessage,
    UnacceptableMessageError,
)
from app.infrastructure.messaging.outbox.outbox import current_outbox
from app.infrastructure.messaging.outbox.outgoing_message import MAX_MESSAGE_BYTES
from app.infrastructure.resources import Resources
from app.utils.request_context import request_id, traceparent
from tests.support.consumer_fixtures import OpenConsumer
from tests.support.database import fetch_rows
from tests.support.other_service import OtherService
from tests.support.waiting import eventually

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


async def test_a_message_is_handled_and_acknowledged(
    open_consumer: OpenConsumer, other_service: OtherService
) -> None:
    async with open_consumer() as consumer:
        identifier = await other_service.send({"name": "first"})
        await eventually(lambda: consumer.names == ["first"])

        (message,) = consumer.seen
        assert (message.id, message.from_service) == (identifier, "inventory-service")
    assert await other_service.count_ready() == 0


async def test_a_message_delivered_twice_has_one_effect(
    open_consumer: OpenConsumer, other_service: OtherService
) -> None:
    async with open_consumer() as consumer:
        identifier = await other_service.send({"name": "first"})
        await other_service.send({"name": "first"}, message_id=identifier)
        await other_service.send({"name": "last"})
        await eventually(lambda: sorted(consumer.names) == ["first", "last"])


async def test_duplicates_handled_in_parallel_have_one_effect(
    open_consumer: OpenConsumer, other_service: OtherService
) -> None:
    async with open_consumer() as consumer:
        first = await other_service.send({"name": "first"})
        for _ in range(20):
            await other_service.send({"name": "first"}, message_id=first)
        await other_service.send({"name": "last"})
        await eventually(lambda: sorted(consumer.names) == ["first", "last"])


async def test_an_effect_and_its_inbox_row_are_one_transaction(
    open_consumer: OpenConsumer,
    other_service: OtherService,
    resources: Resources,
    database_url: str,
) -> None:
    """A handler that fails after a write leaves neither the write nor an inbox row."""

    async def write_and_fail(message: IncomingMessage) -> None:
        await resources.database.execute(
            "INSERT INTO inbox (receiver, message_id) VALUES ('effect', $1)", message.id
        )
        raise UnacceptableMessageError("after all")

    async with open_consumer() as consumer:
        consumer.callback = write_and_fail
        await other_service.send({"name": "first"})
        await other_service.wait_for_message(f"{other_service.queue}.dead")

    assert await fetch_rows(database_url, "inbox") == []


async def test_log_lines_and_messages_of_a_handler_have_the_original_request_id(
    open_consumer: OpenConsumer, other_service: OtherService, resources: Resources
) -> None:
    found: list[Any] = []

    async def record_context(_: IncomingMessage) -> None:
        found.append((request_id.get(), traceparent.get(), current_outbox.get()))

    async with open_consumer() as consumer:
        consumer.callback = record_context
        await other_service.send({}, headers={"x-request-id": "r-1", "traceparent": TRACE})
        await eventually(lambda: found == [("r-1", TRACE, resources.messaging.outbox)])


async def test_urgent_messages_are_handled_first(
    open_consumer: OpenConsumer, other_service: OtherService
) -> None:
    for number in range(20):
        await other_service.send({"name": f"low {number}"}, priority=1)
    for number in range(5):
        await other_service.send({"name": f"critical {number}"}, priority=10)

    async with open_consumer(prefetch=1) as consumer:
        await eventually(lambda: len(consumer.seen) == 25)

    assert consumer.names[:5] == [f"critical {number}" for number in range(5)]


def body(**changes: Any) -> bytes:
    message = {"id": "m-1", "from_service": "inventory", "payload": {"name": "good"}}
    return json.dumps(message | changes).encode()


@pytest.mark.parametrize(
    "malformed",
    [
        b"",
        b"null",
        b"[]",
        b'{"id": ',
        b"\xff\xfe{}",
        b'{"id": "1", "id": "2"}',
        b"[" * 100_000,
        body(id=None),
        body(id=7),
        body(id="x" * 256),
        body(id="nul \0"),
        body(from_service=""),
        body(payload=None),
        body(payload="text"),
        body(payload={"text": "x" * MAX_MESSAGE_BYTES}),
    ],
    ids=lambda malformed: repr(malformed[:24]),
)
async def test_an_invalid_message_goes_to_the_dead_queue(
    open_consumer: OpenConsumer, other_service: OtherService, malformed: bytes
) -> None:
    async with open_consumer() as consumer:
        await other_service.send_raw(malformed)
        await other_service.send({"name": "good"})
        await eventually(lambda: consumer.names == ["good"])
        dead = await other_service.wait_for_message(f"{other_service.queue}.dead")

    assert dead.body == malformed
    assert "UnacceptableMessageError" in str(dead.headers["x-error"])


async def test_a_slow_handler_does_not_delay_other_messages(
    open_consumer: OpenConsumer, other_service: OtherService
) -> None:
    """Several messages are handled in parallel."""
    is_stopped = asyncio.Event()
    names: list[object] = []

    async def handle(message: IncomingMessage) -> None:
        if message.payload["name"] == "slow":
            await is_stopped.wait()
        names.append(message.payload["name"])

    async with open_consumer() as consumer:
        consumer.callback = handle
        await other_service.send({"name": "slow"})
        await other_service.send({"name": "quick"})
        await eventually(lambda: names == ["quick"])
        is_stopped.set()
        await eventually(lambda: names == ["quick", "slow"])
