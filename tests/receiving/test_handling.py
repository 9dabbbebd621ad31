"""What arrives is handled once, in the order of its urgency; what cannot be is parked."""

import asyncio
import json
from typing import Any

import pytest

from app.infrastructure.messaging.incoming import IncomingMessage, UnacceptableMessageError
from app.infrastructure.messaging.message import MAX_MESSAGE_BYTES
from app.infrastructure.messaging.outbox import current_outbox
from app.infrastructure.resources import Resources
from app.utils.request_context import request_id, traceparent
from tests.database import rows_of
from tests.faults.running import eventually
from tests.receiving.conftest import OpenReceiver
from tests.receiving.sender import Sender

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


async def test_a_message_is_handled_and_acknowledged(
    receiver_with: OpenReceiver, sender: Sender
) -> None:
    async with receiver_with() as receiver:
        identifier = await sender.send({"name": "first"})
        await eventually(lambda: _is_seen(receiver.names, ["first"]))

        (message,) = receiver.seen
        assert (message.id, message.from_service) == (identifier, "inventory-service")
    assert await sender.count() == 0


async def test_a_message_that_comes_twice_has_one_effect(
    receiver_with: OpenReceiver, sender: Sender
) -> None:
    async with receiver_with() as receiver:
        identifier = await sender.send({"name": "first"})
        await sender.send({"name": "first"}, message_id=identifier)
        await sender.send({"name": "last"})
        await eventually(lambda: _is_seen(sorted(receiver.names), ["first", "last"]))


async def test_copies_that_are_handled_at_the_same_time_have_one_effect(
    receiver_with: OpenReceiver, sender: Sender
) -> None:
    async with receiver_with() as receiver:
        first = await sender.send({"name": "first"})
        for _ in range(20):
            await sender.send({"name": "first"}, message_id=first)
        await sender.send({"name": "last"})
        await eventually(lambda: _is_seen(sorted(receiver.names), ["first", "last"]))


async def test_an_effect_and_its_mark_in_the_inbox_are_one(
    receiver_with: OpenReceiver, sender: Sender, resources: Resources, database_url: str
) -> None:
    """A handler that fails after it has written something has written nothing."""

    async def write_and_fail(message: IncomingMessage) -> None:
        await resources.database.execute(
            "INSERT INTO inbox (receiver, message_id) VALUES ('effect', $1)", message.id
        )
        raise UnacceptableMessageError("after all")

    async with receiver_with() as receiver:
        receiver.callback = write_and_fail
        await sender.send({"name": "first"})
        await sender.wait_for(f"{sender.queue}.dead")

    assert await rows_of(database_url, "inbox") == []


async def test_log_lines_and_messages_of_a_handler_carry_the_request_that_caused_it(
    receiver_with: OpenReceiver, sender: Sender, resources: Resources
) -> None:
    found: list[Any] = []

    async def note_context(_: IncomingMessage) -> None:
        found.append((request_id.get(), traceparent.get(), current_outbox.get()))

    async with receiver_with() as receiver:
        receiver.callback = note_context
        await sender.send({}, headers={"x-request-id": "r-1", "traceparent": TRACE})
        await eventually(lambda: _is_seen(found, [("r-1", TRACE, resources.messaging.outbox)]))


async def test_the_urgent_come_first(receiver_with: OpenReceiver, sender: Sender) -> None:
    for number in range(20):
        await sender.send({"name": f"low {number}"}, priority=1)
    for number in range(5):
        await sender.send({"name": f"critical {number}"}, priority=10)

    async with receiver_with(prefetch=1) as receiver:
        await eventually(lambda: _has_seen(receiver.seen, 25))

    assert receiver.names[:5] == [f"critical {number}" for number in range(5)]


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
async def test_what_is_no_message_goes_to_the_dead_queue_and_stops_nothing(
    receiver_with: OpenReceiver, sender: Sender, malformed: bytes
) -> None:
    async with receiver_with() as receiver:
        await sender.send_raw(malformed)
        await sender.send({"name": "good"})
        await eventually(lambda: _is_seen(receiver.names, ["good"]))
        dead = await sender.wait_for(f"{sender.queue}.dead")

    assert dead.body == malformed
    assert "UnacceptableMessageError" in str(dead.headers["x-error"])


async def _is_seen(seen: list[Any], expected: list[Any]) -> bool:
    return seen == expected


async def _has_seen(seen: list[Any], count: int) -> bool:
    return len(seen) == count


async def test_nothing_else_is_waited_for_while_a_handler_works(
    receiver_with: OpenReceiver, sender: Sender
) -> None:
    """Several are handled at a time: a slow one holds up nobody."""
    is_over = asyncio.Event()
    names: list[object] = []

    async def handle(message: IncomingMessage) -> None:
        if message.payload["name"] == "slow":
            await is_over.wait()
        names.append(message.payload["name"])

    async with receiver_with() as receiver:
        receiver.callback = handle
        await sender.send({"name": "slow"})
        await sender.send({"name": "quick"})
        await eventually(lambda: _is_seen(names, ["quick"]))
        is_over.set()
        await eventually(lambda: _is_seen(names, ["quick", "slow"]))
