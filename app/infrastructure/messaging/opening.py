import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial

import aio_pika
from aio_pika.abc import AbstractConnection
from aio_pika.exceptions import ChannelClosed

from app.config.setting_types import QueueType
from app.config.settings import Settings
from app.config.url_rules import split_hosts
from app.infrastructure.database.postgres_database import PostgresDatabase
from app.infrastructure.health import CheckResult
from app.infrastructure.maintenance import run_periodically
from app.infrastructure.messaging.broker.broker_connection import (
    OUTAGE,
    BrokerConnection,
    BrokerTiming,
    BrokerUnavailableError,
)
from app.infrastructure.messaging.broker.missing_rights import MissingRightError
from app.infrastructure.messaging.broker.own_user import OwnUser
from app.infrastructure.messaging.broker.property_decoding import install
from app.infrastructure.messaging.broker.queues import ReceiverQueues
from app.infrastructure.messaging.consumer.dead_queue import DeadQueue
from app.infrastructure.messaging.consumer.message_broker import ConsumerTiming, MessageBroker
from app.infrastructure.messaging.outbox.disabled_outbox import DisabledOutbox
from app.infrastructure.messaging.outbox.outbox import Outbox
from app.infrastructure.messaging.outbox.outbox_admin import OutboxAdmin
from app.infrastructure.messaging.outbox.outbox_event_publisher import OutboxEventPublisher
from app.infrastructure.messaging.outbox.outbox_monitor import OutboxCounts, OutboxMonitor
from app.infrastructure.messaging.outbox.postgres_outbox import PostgresOutbox
from app.infrastructure.messaging.relay.outbox_leases import OutboxLeases, OutboxRetryPolicy
from app.infrastructure.messaging.relay.publisher import Publisher
from app.infrastructure.messaging.relay.refused_queues import RefusedQueues
from app.infrastructure.messaging.relay.relay import Relay, RelayTiming
from app.infrastructure.metrics.null_metrics import NO_METRICS
from app.infrastructure.tracing.null_tracing import NO_TRACING
from app.ports.event_publisher import EventPublisher
from app.ports.metrics import Metrics
from app.ports.tracing import Tracing

REFRESH_SECONDS = 2


@dataclass(frozen=True, kw_only=True)
class Messaging:
    """Messaging of one process; `broker` and `message_broker` are None without RABBITMQ_URL."""

    outbox: Outbox
    events: EventPublisher
    broker: BrokerConnection | None
    message_broker: MessageBroker | None
    monitor: OutboxMonitor

    @property
    def health(self) -> CheckResult:
        return self.broker.health if self.broker else CheckResult.unchecked("disabled")

    @property
    def outbox_counts(self) -> OutboxCounts:
        return self.monitor.counts


@asynccontextmanager
async def open_messaging(
    settings: Settings,
    database: PostgresDatabase,
    *,
    metrics: Metrics = NO_METRICS,
    tracing: Tracing = NO_TRACING,
) -> AsyncIterator[Messaging]:
    """Open the outbox; with RABBITMQ_URL, a background task publishes its messages."""
    monitor = OutboxMonitor(database=database, metrics=metrics)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(run_periodically(monitor.refresh, seconds=REFRESH_SECONDS))
        outbox: Outbox = DisabledOutbox()
        broker = message_broker = None
        if settings.rabbitmq_url is not None:
            broker = _broker_connection(settings)
            relay = await stack.enter_async_context(
                open_relay(
                    broker,
                    database,
                    retry_policy=OutboxRetryPolicy(),
                    timing=RelayTiming(),
                    queue_type=settings.message_queue_type,
                    metrics=metrics,
                    tracing=tracing,
                )
            )
            outbox = PostgresOutbox(database=database, wake=relay.wake)
            message_broker = MessageBroker(
                sending=broker,
                new_connection=partial(_broker_connection, settings, "consumer"),
                database=database,
                outbox=outbox,
                timing=ConsumerTiming(),
                settings=settings,
                metrics=metrics,
                tracing=tracing,
            )
        yield Messaging(
            outbox=outbox,
            events=_event_publisher(settings, outbox),
            broker=broker,
            message_broker=message_broker,
            monitor=monitor,
        )


def unrelayed_events(settings: Settings, database: PostgresDatabase) -> EventPublisher:
    """Publish events to the outbox; the relay of another process sends them."""
    if settings.rabbitmq_url is None:
        return _event_publisher(settings, DisabledOutbox())
    return _event_publisher(settings, PostgresOutbox(database=database, wake=lambda: None))


def _event_publisher(settings: Settings, outbox: Outbox) -> EventPublisher:
    return OutboxEventPublisher(
        outbox=outbox,
        from_service=settings.service_name,
        subscribers=settings.event_subscribers,
    )


def _broker_connection(settings: Settings, purpose: str = "relay") -> BrokerConnection:
    assert settings.rabbitmq_url is not None  # noqa: S101 - checked by the callers
    return BrokerConnection(
        settings.rabbitmq_url.get_secret_value(),
        name=f"{settings.service_name} {purpose}",
        timing=BrokerTiming(),
    )


@asynccontextmanager
async def open_relay(
    broker: BrokerConnection,
    database: PostgresDatabase,
    *,
    retry_policy: OutboxRetryPolicy,
    timing: RelayTiming,
    queue_type: QueueType = "classic",
    metrics: Metrics = NO_METRICS,
    tracing: Tracing = NO_TRACING,
) -> AsyncIterator[Relay]:
    """Connect to the broker and run a relay; at the end, it publishes the due messages."""
    relay = Relay(
        leases=OutboxLeases(database=database, retry_policy=retry_policy),
        publisher=Publisher(broker, queue_type=queue_type, tracing=tracing),
        refused_queues=RefusedQueues(seconds=retry_policy.queue_pause_seconds),
        timing=timing,
        metrics=metrics,
    )
    connecting = asyncio.create_task(broker.keep_connected())
    running = asyncio.create_task(relay.run())
    try:
        async with run_periodically(OutboxAdmin(database=database).remove_published):
            yield relay
    finally:
        await relay.stop(running)
        connecting.cancel()
        await asyncio.gather(connecting, return_exceptions=True)


async def _connect_to_any(url: str) -> AbstractConnection:
    *others, last = split_hosts(url)
    for each in others:
        with suppress(*OUTAGE):
            return await aio_pika.connect(each, timeout=BrokerTiming().connect)
    return await aio_pika.connect(last, timeout=BrokerTiming().connect)


@asynccontextmanager
async def open_dead_queue(settings: Settings) -> AsyncIterator[DeadQueue]:
    """Open the dead queue of this service; raises BrokerUnavailableError or MissingRightError."""
    assert settings.rabbitmq_url is not None  # noqa: S101 - checked by the callers
    url = settings.rabbitmq_url.get_secret_value()
    install()
    try:
        async with await _connect_to_any(url) as connection:
            yield DeadQueue(
                connection=connection,
                channel=await connection.channel(publisher_confirms=True, on_return_raises=True),
                queues=ReceiverQueues.for_service(
                    settings.service_name, queue_type=settings.message_queue_type
                ),
                own_user=OwnUser(url),
            )
    except (MissingRightError, ChannelClosed):
        # Not an outage: a missing right, or a queue with other arguments.
        raise
    except OUTAGE as error:
        raise BrokerUnavailableError("RabbitMQ cannot be used now") from error
