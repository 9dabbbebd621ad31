import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from app.config.settings import Settings
from app.infrastructure.database.postgres_database import PostgresDatabase
from app.infrastructure.health import CheckResult
from app.infrastructure.maintenance import repeating
from app.infrastructure.messaging.broker import Broker, BrokerTiming
from app.infrastructure.messaging.disabled_outbox import DisabledOutbox
from app.infrastructure.messaging.event_publisher import EventPublisher
from app.infrastructure.messaging.message_broker import ConsumerTiming, MessageBroker
from app.infrastructure.messaging.outbox import Outbox
from app.infrastructure.messaging.outbox_admin import OutboxAdmin
from app.infrastructure.messaging.outbox_event_publisher import OutboxEventPublisher
from app.infrastructure.messaging.outbox_leases import OutboxLeases, Retrying
from app.infrastructure.messaging.outbox_watch import OutboxCounts, OutboxWatch
from app.infrastructure.messaging.postgres_outbox import PostgresOutbox
from app.infrastructure.messaging.publisher import Publisher
from app.infrastructure.messaging.refusing_queues import RefusingQueues
from app.infrastructure.messaging.relay import Relay, RelayTiming

LOOK_SECONDS = 2


@dataclass(frozen=True, kw_only=True)
class Messaging:
    """`broker` and `message_broker` are None where no RABBITMQ_URL is set."""

    outbox: Outbox
    events: EventPublisher
    broker: Broker | None
    message_broker: MessageBroker | None
    watch: OutboxWatch

    @property
    def health(self) -> CheckResult:
        return self.broker.health if self.broker else CheckResult.never("disabled")

    @property
    def outbox_counts(self) -> OutboxCounts:
        return self.watch.counts


@asynccontextmanager
async def open_messaging(
    settings: Settings, database: PostgresDatabase
) -> AsyncIterator[Messaging]:
    """Relay in the background while open, where a broker is configured."""
    watch = OutboxWatch(database=database)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(repeating(watch.look, seconds=LOOK_SECONDS))
        outbox: Outbox = DisabledOutbox()
        broker = message_broker = None
        if settings.rabbitmq_url is not None:
            broker = _new_connection(settings)
            relay = await stack.enter_async_context(
                open_relay(broker, database, retrying=Retrying(), timing=RelayTiming())
            )
            outbox = PostgresOutbox(database=database, wake=relay.wake)
            message_broker = MessageBroker(
                sending=broker,
                new_connection=partial(_new_connection, settings, "consumer"),
                database=database,
                outbox=outbox,
                timing=ConsumerTiming(),
            )
        events = OutboxEventPublisher(
            outbox=outbox,
            from_service=settings.service_name,
            subscribers=settings.event_subscribers,
        )
        yield Messaging(
            outbox=outbox, events=events, broker=broker, message_broker=message_broker, watch=watch
        )


def _new_connection(settings: Settings, purpose: str = "relay") -> Broker:
    assert settings.rabbitmq_url is not None  # noqa: S101 - nobody connects without
    return Broker(
        settings.rabbitmq_url.get_secret_value(),
        name=f"{settings.service_name} {purpose}",
        timing=BrokerTiming(),
    )


@asynccontextmanager
async def open_relay(
    broker: Broker, database: PostgresDatabase, *, retrying: Retrying, timing: RelayTiming
) -> AsyncIterator[Relay]:
    """Keep the broker connected and relay, until left: then what is due is sent off."""
    relay = Relay(
        leases=OutboxLeases(database=database, retrying=retrying),
        publisher=Publisher(broker),
        refusing=RefusingQueues(seconds=retrying.parking_seconds),
        timing=timing,
    )
    connecting = asyncio.create_task(broker.keep_connected())
    running = asyncio.create_task(relay.run())
    try:
        async with repeating(OutboxAdmin(database=database).remove_published):
            yield relay
    finally:
        await relay.stop(running)
        connecting.cancel()
        await asyncio.gather(connecting, return_exceptions=True)
