"""A rejected message or queue does not delay other messages."""

import logging
from dataclasses import replace
from typing import Any

import pytest

from devtools.rabbitmq import PrivateRabbitMQ
from tests.support.outbox_sender import QUICK_RETRIES, OpenSender, Sender, send
from tests.support.queue_reader import channel_to, delete_queue, read_numbers, receive
from tests.support.waiting import eventually

LOGGER = "app.infrastructure.messaging"


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name.startswith(LOGGER)]


async def test_a_queue_with_other_arguments_delays_only_its_own_messages(
    rabbitmq: PrivateRabbitMQ,
    open_sender: OpenSender,
    address: str,
    queue: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, LOGGER)
    other = f"{address}/other"
    async with channel_to(rabbitmq.url) as channel:
        await channel.declare_queue(queue, durable=True)

    async with open_sender(retry_policy=replace(QUICK_RETRIES, attempts=1000)) as sender:
        for number in range(20):
            await send(address, number, "critical")
            await send(other, number, "low")
        arrived = await receive(rabbitmq.url, f"{queue}_other", count=20)
        assert sorted(read_numbers(arrived)) == list(range(20))
        assert not await sender.all_published()

        await delete_queue(rabbitmq.url, queue)
        await eventually(sender.all_published)

    assert sorted(read_numbers(await receive(rabbitmq.url, queue, count=20))) == list(range(20))
    states = [line for line in lines(caplog) if queue in line]
    assert [line.split(f" {queue} ")[1].split()[0].strip(":") for line in states] == [
        "wait",
        "resume",
    ]


async def test_a_deleted_destination_queue_is_declared_again(
    rabbitmq: PrivateRabbitMQ, sender: Sender, address: str, queue: str
) -> None:
    await send(address, 1)
    await receive(rabbitmq.url, queue, count=1)

    await delete_queue(rabbitmq.url, queue)
    await send(address, 2)

    assert read_numbers(await receive(rabbitmq.url, queue, count=1)) == [2]
    await eventually(sender.all_published)


async def test_a_message_rejected_by_a_full_queue_is_retried(
    rabbitmq: PrivateRabbitMQ, open_sender: OpenSender, address: str, queue: str
) -> None:
    limit = '{"max-length": 1, "overflow": "reject-publish"}'
    rabbitmq.run_rabbitmqctl("set_policy", "full", f"^{queue}$", limit, "--apply-to", "queues")

    async with open_sender(retry_policy=replace(QUICK_RETRIES, attempts=1000)) as sender:
        for number in range(3):
            await send(address, number)
        arrived = await receive(rabbitmq.url, queue, count=3)
        await eventually(sender.all_published)

    rabbitmq.run_rabbitmqctl("clear_policy", "full")
    assert sorted(read_numbers(arrived)) == [0, 1, 2]


@pytest.mark.parametrize(
    ("row", "error"),
    [
        ({"priority": 300}, "ubyte"),
        ({"queue": "q" * 300}, "Max length"),
        ({"queue": "amq.reserved"}, "ACCESS_REFUSED"),
        ({"from_service": "s" * 300}, "255"),
        ({"headers": {"number": 10**40}}, "number"),
        ({"headers": {"long": "x" * 200_000}}, "FRAME_ERROR"),
    ],
    ids=["priority", "long queue name", "reserved name", "long sender", "number", "huge headers"],
)
async def test_an_unsendable_message_becomes_dead_without_delaying_others(
    rabbitmq: PrivateRabbitMQ,
    sender: Sender,
    address: str,
    queue: str,
    row: dict[str, Any],
    error: str,
) -> None:
    poison = await sender.insert(**{"queue": queue, "priority": 10, **row})
    for number in range(5):
        await send(address, number)

    assert sorted(read_numbers(await receive(rabbitmq.url, queue, count=5))) == list(range(5))
    await eventually(lambda: sender.is_dead(poison))
    dead = await sender.row(poison)
    assert dead["attempts"] == QUICK_RETRIES.attempts
    assert error in dead["last_error"]
    assert not dead["published_at"]


async def test_a_message_too_large_for_the_broker_becomes_dead(
    rabbitmq: PrivateRabbitMQ, sender: Sender, address: str, queue: str
) -> None:
    rabbitmq.run_rabbitmqctl("eval", "application:set_env(rabbit, max_message_size, 100000).")
    try:
        poison = await sender.insert(queue=queue, body=b"x" * 100_001)
        for number in range(5):
            await send(address, number)
        await eventually(lambda: sender.is_dead(poison))
        arrived = await receive(rabbitmq.url, queue, count=5)
    finally:
        rabbitmq.run_rabbitmqctl(
            "eval", "application:set_env(rabbit, max_message_size, 134217728)."
        )

    assert "larger than configured" in (await sender.row(poison))["last_error"]
    assert sorted(read_numbers(arrived)) == list(range(5))


async def test_only_the_named_dead_messages_are_redriven(
    rabbitmq: PrivateRabbitMQ, sender: Sender, queue: str
) -> None:
    async with channel_to(rabbitmq.url) as channel:
        await channel.declare_queue(queue, durable=True)
    first, second = await sender.insert(queue=queue), await sender.insert(queue=queue)
    await eventually(lambda: sender.is_dead(first))
    await eventually(lambda: sender.is_dead(second))
    listed = await sender.admin.list("dead", limit=10)
    assert {row.id for row in listed} == {first, second}
    assert all("inequivalent arg" in (row.last_error or "") for row in listed)

    await delete_queue(rabbitmq.url, queue)
    assert await sender.admin.redrive([first]) == 1
    await eventually(lambda: sender.is_published(first))

    assert await sender.is_dead(second)
    assert await sender.admin.purge(None) == 1
    assert await sender.admin.redrive(None) == 0
