"""The relay against a bare loop that publishes the same messages with gathered confirms."""

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
from app.infrastructure.messaging.broker import Broker, BrokerTiming
from app.infrastructure.messaging.opening import open_relay
from app.infrastructure.messaging.outbox_leases import Retrying
from app.infrastructure.messaging.queues import QUEUE_ARGUMENTS
from app.infrastructure.messaging.relay import BATCH, Relay, RelayTiming
from devtools.bench import databases
from devtools.bench.databases import Connection, database_url, remake
from devtools.bench.site import Site
from devtools.rabbitmq import PrivateRabbitMQ

DATABASE, QUEUE = "relaying", "queue_relayed"
MESSAGES = 10_000
BODY = b'{"payload": "%s"}' % (b"x" * 400)
HEADERS = {"x-request-id": "8c7d1f1e8a0b4a9c9a7d3f2b1c0d9e8f"}
FILL = f"""
    INSERT INTO outbox (id, queue, priority, from_service, to_service, headers, body, created_at)
    SELECT gen_random_uuid(), '{QUEUE}', (ARRAY[1, 5, 8, 10])[1 + i % 4], 'catalog-service',
           'http://relayed', $1::jsonb, $2, now()
    FROM generate_series(1, {MESSAGES}) AS i
"""  # noqa: S608 - constants of this file


async def measure_relay(
    site: Site, broker: PrivateRabbitMQ, *, rounds: int
) -> dict[str, list[float]]:
    """Return seconds for all messages, one value per round; the cases take turns.

    `drain` begins when a broker that was down answers again.
    """
    maintenance = await databases.connect(site.postgres_url)
    await remake(maintenance, DATABASE)
    await maintenance.close()
    await migrate(database_url(site.postgres_url, DATABASE))
    connection = await databases.connect(site.postgres_url, DATABASE)
    spent: dict[str, list[float]] = {"bare": [], "relay": [], "drain": []}
    for _ in range(rounds):
        spent["bare"].append(await _bare(broker.url))
        spent["relay"].append(await _relay(site, broker.url, connection))
    spent["drain"].append(await _drain(site, broker, connection))
    await connection.close()
    return spent


async def _bare(url: str) -> float:
    async with await connect(url) as connection:
        channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
        await channel.declare_queue(QUEUE, durable=True, arguments=QUEUE_ARGUMENTS)
        messages = [_message(number) for number in range(MESSAGES)]
        start = time.perf_counter()
        for first in range(0, MESSAGES, BATCH):
            batch = messages[first : first + BATCH]
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


async def _relay(site: Site, url: str, connection: Connection) -> float:
    async with _relaying(site, url) as (broker, relay):
        await broker.connected()
        await _fill(connection)
        start = time.perf_counter()
        relay.wake()
        await _until_published(connection)
        return time.perf_counter() - start


async def _drain(site: Site, broker: PrivateRabbitMQ, connection: Connection) -> float:
    broker.stop()
    await _fill(connection)
    async with _relaying(site, broker.url):
        broker.start()
        start = time.perf_counter()
        await _until_published(connection)
        return time.perf_counter() - start


@asynccontextmanager
async def _relaying(site: Site, url: str) -> AsyncIterator[tuple[Broker, Relay]]:
    settings = Settings.model_validate(
        {name.lower(): value for name, value in site.environment(DATABASE).items()}
    )
    broker = Broker(url, name="bench", timing=BrokerTiming())
    async with (
        open_database(settings) as database,
        open_relay(broker, database, retrying=Retrying(), timing=RelayTiming()) as relay,
    ):
        yield broker, relay


async def _fill(connection: Connection) -> None:
    await connection.execute("TRUNCATE outbox")
    await connection.execute(FILL, json.dumps(HEADERS), BODY)
    await connection.execute("CHECKPOINT")


async def _until_published(connection: Connection) -> None:
    waiting = "SELECT count(*) FROM outbox WHERE published_at IS NULL"
    while await connection.fetchval(waiting):  # noqa: ASYNC110 - another task makes it so
        await asyncio.sleep(0.02)
