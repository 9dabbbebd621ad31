import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from app.config.settings import Settings
from app.infrastructure.database.postgres_database import PostgresDatabase
from app.infrastructure.health import CheckResult
from app.infrastructure.maintenance import repeating
from app.infrastructure.messaging.broker import Broker, BrokerTiming
from app.infrastructure.messaging.disabled_outbox import DisabledOutbox
from app.infrastructure.messaging.event_publisher import EventPublisher
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
    """`broker` is None where no RABBITMQ_URL is set."""

    outbox: Outbox
    events: EventPublisher
    broker: Broker | None
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
    async with repeating(watch.look, seconds=LOOK_SECONDS):
        if settings.rabbitmq_url is None:
            yield _messaging(settings, DisabledOutbox(), None, watch)
            return
        broker = Broker(
            settings.rabbitmq_url.get_secret_value(),
            name=settings.service_name,
            timing=BrokerTiming(),
        )
        async with open_relay(broker, database, retrying=Retrying(), timing=RelayTiming()) as relay:
            outbox = PostgresOutbox(database=database, wake=relay.wake)
            yield _messaging(settings, outbox, broker, watch)


def _messaging(
    settings: Settings, outbox: Outbox, broker: Broker | None, watch: OutboxWatch
) -> Messaging:
    events = OutboxEventPublisher(
        outbox=outbox,
        from_service=settings.service_name,
        subscribers=settings.event_subscribers,
    )
    return Messaging(outbox=outbox, events=events, broker=broker, watch=watch)


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
