"""Compare the relay with a plain loop that publishes the same messages in batches.

The loop awaits the publisher confirms of a batch together.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aio_pika import DeliveryMode, Message, connect
from aio_pika.abc import AbstractChannel

from app.config.settings import Settings
from app.infrastructure.database.migration import migrate
from app.infrastructure.database.opening import open_database
from app.infrastructure.messaging.broker.broker_connection import BrokerConnection, BrokerTiming
from app.infrastructure.messaging.broker.queues import QUEUE_ARGUMENTS
from app.infrastructure.messaging.opening import open_relay
from app.infrastructure.messaging.relay.outbox_leases import OutboxRetryPolicy
from app.infrastructure.messaging.relay.relay import MAX_BATCH_MESSAGES, Relay, RelayTiming
from devtools.bench import databases
from devtools.bench.databases import Connection, database_url, recreate_database
from devtools.bench.testbed import Testbed
from devtools.rabbitmq import PrivateRabbitMQ

DATABASE, QUEUE = "relaying", "queue_relayed"
MESSAGES = 10_000
BODY = b'{"payload": "%s"}' % (b"x" * 400)
HEADERS = {"x-request-id": "8c7d1f1e8a0b4a9c9a7d3f2b1c0d9e8f"}
INSERT_MESSAGES = f"""
    INSERT INTO outbox (id, queue, priority, from_service, to_service, headers, body, created_at)
    SELECT gen_random_uuid(), '{QUEUE}', (ARRAY[1, 5, 8, 10])[1 + i % 4], 'catalog-service',
           'http://relayed', $1::jsonb, $2, now()
    FROM generate_series(1, {MESSAGES}) AS i
"""  # noqa: S608 - constants of this file


async def measure_relay(
    testbed: Testbed, broker: PrivateRabbitMQ, *, rounds: int
) -> dict[str, list[float]]:
    """Return seconds for all messages, one value per round. Loop and relay alternate.

    `drain` starts when a stopped broker accepts connections again.
    """
    maintenance = await databases.connect(testbed.postgres_url)
    await recreate_database(maintenance, DATABASE)
    await maintenance.close()
    await migrate(database_url(testbed.postgres_url, DATABASE))
    connection = await databases.connect(testbed.postgres_url, DATABASE)
    seconds_by_case: dict[str, list[float]] = {"bare": [], "relay": [], "drain": []}
    for _ in range(rounds):
        seconds_by_case["bare"].append(await _time_plain_loop(broker.url))
        seconds_by_case["relay"].append(await _time_relay(testbed, broker.url, connection))
    seconds_by_case["drain"].append(await _time_drain(testbed, broker, connection))
    await connection.close()
    return seconds_by_case


async def _time_plain_loop(url: str) -> float:
    async with await connect(url) as connection:
        channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
        await channel.declare_queue(QUEUE, durable=True, arguments=QUEUE_ARGUMENTS)
        messages = [_message(number) for number in range(MESSAGES)]
        start = time.perf_counter()
        for first in range(0, MESSAGES, MAX_BATCH_MESSAGES):
            batch = messages[first : first + MAX_BATCH_MESSAGES]
            await asyncio.gather(*(_publish(channel, message) for message in batch))
        seconds = time.perf_counter() - start
        await channel.queue_delete(QUEUE)
    return seconds


def _message(number: int) -> Message:
    return Message(
        BODY,
        message_id=str(number),
        priority=(1, 5, 8, 10)[number % 4],
        content_type="application/json",
        app_id="catalog-service",
        headers=dict(HEADERS),
        delivery_mode=DeliveryMode.PERSISTENT,
    )


async def _publish(channel: AbstractChannel, message: Message) -> None:
    await channel.default_exchange.publish(message, routing_key=QUEUE, mandatory=True)


async def _time_relay(testbed: Testbed, url: str, connection: Connection) -> float:
    async with _run_relay(testbed, url) as (broker, relay):
        await broker.connected()
        await _insert_messages(connection)
        start = time.perf_counter()
        relay.wake()
        await _wait_until_published(connection)
        return time.perf_counter() - start


async def _time_drain(testbed: Testbed, broker: PrivateRabbitMQ, connection: Connection) -> float:
    broker.stop()
    await _insert_messages(connection)
    async with _run_relay(testbed, broker.url):
        broker.start()
        start = time.perf_counter()
        await _wait_until_published(connection)
        return time.perf_counter() - start


@asynccontextmanager
async def _run_relay(testbed: Testbed, url: str) -> AsyncIterator[tuple[BrokerConnection, Relay]]:
    settings = Settings.model_validate(
        {name.lower(): value for name, value in testbed.environment(DATABASE).items()}
    )
    broker = BrokerConnection(url, name="bench", timing=BrokerTiming())
    async with (
        open_database(settings) as database,
        open_relay(
            broker, database, retry_policy=OutboxRetryPolicy(), timing=RelayTiming()
        ) as relay,
    ):
        yield broker, relay


async def _insert_messages(connection: Connection) -> None:
    await connection.execute("TRUNCATE outbox")
    await connection.execute(INSERT_MESSAGES, json.dumps(HEADERS), BODY)
    await connection.execute("CHECKPOINT")


async def _wait_until_published(connection: Connection) -> None:
    unpublished = "SELECT count(*) FROM outbox WHERE published_at IS NULL"
    while await connection.fetchval(unpublished):  # noqa: ASYNC110 - the relay changes the table
        await asyncio.sleep(0.02)
