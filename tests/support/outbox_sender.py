"""A service that sends messages: its outbox, and a relay with short delays in the test process."""

import json
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

import asyncpg

from app.infrastructure.database.opening import open_database
from app.infrastructure.database.postgres_database import PostgresDatabase
from app.infrastructure.messaging import send_to_microservice
from app.infrastructure.messaging.broker.broker_connection import BrokerConnection, BrokerTiming
from app.infrastructure.messaging.opening import open_relay
from app.infrastructure.messaging.outbox.outbox import current_outbox
from app.infrastructure.messaging.outbox.outbox_admin import OutboxAdmin
from app.infrastructure.messaging.outbox.postgres_outbox import PostgresOutbox
from app.infrastructure.messaging.relay.outbox_leases import OutboxRetryPolicy
from app.infrastructure.messaging.relay.relay import Relay, RelayTiming
from tests.support.settings_and_clients import make_settings

QUICK_BROKER = BrokerTiming(connect=3, publish=3, declare=3, close=0.2, pause=0.05)
QUICK_RETRIES = OutboxRetryPolicy(
    first_delay_seconds=0.02,
    max_delay_seconds=0.1,
    attempts=4,
    lease_seconds=15,
    queue_pause_seconds=0.3,
)
QUICK_RELAY = RelayTiming(poll=0.1, drain=3)

INSERT = """
    INSERT INTO outbox (id, queue, priority, from_service, to_service, headers, body, created_at)
    VALUES (gen_random_uuid(), $1, $2, $3, $4, $5::jsonb, $6, now()) RETURNING id
"""


@dataclass(frozen=True, kw_only=True)
class Sender:
    """The sending side of a service: write to the outbox, and read what the relay has recorded."""

    database: PostgresDatabase
    broker: BrokerConnection
    relay: Relay

    @property
    def admin(self) -> OutboxAdmin:
        return OutboxAdmin(database=self.database)

    async def insert(self, **columns: Any) -> UUID:
        """Insert an outbox row without validation, and wake the relay."""
        record = await self.database.fetchrow(
            INSERT,
            columns["queue"],
            columns.get("priority", 5),
            columns.get("from_service", "catalog-service"),
            "http://nowhere",
            json.dumps(columns.get("headers", {})),
            columns.get("body", b"{}"),
        )
        assert record is not None
        self.relay.wake()
        identifier: UUID = record["id"]
        return identifier

    async def row(self, identifier: UUID) -> asyncpg.Record:
        record = await self.database.fetchrow("SELECT * FROM outbox WHERE id = $1", identifier)
        assert record is not None
        return record

    async def is_dead(self, identifier: UUID) -> bool:
        return (await self.row(identifier))["dead_at"] is not None

    async def is_published(self, identifier: UUID) -> bool:
        return (await self.row(identifier))["published_at"] is not None

    async def all_published(self) -> bool:
        record = await self.database.fetchrow(
            "SELECT count(*) AS waiting FROM outbox WHERE published_at IS NULL"
        )
        return record is not None and record["waiting"] == 0


class OpenSender(Protocol):
    def __call__(
        self, *, retry_policy: OutboxRetryPolicy = QUICK_RETRIES
    ) -> AbstractAsyncContextManager[Sender]: ...


@asynccontextmanager
async def open_outbox_sender(
    database_url: str,
    broker_url: str,
    directory: Path,
    *,
    retry_policy: OutboxRetryPolicy = QUICK_RETRIES,
    timing: BrokerTiming = QUICK_BROKER,
) -> AsyncIterator[Sender]:
    """Start a relay, and make its outbox the current one, so that `send` stores messages in it."""
    settings = make_settings(database_url, "http://unused", directory)
    broker = BrokerConnection(broker_url, name="test", timing=timing)
    async with (
        open_database(settings) as database,
        open_relay(broker, database, retry_policy=retry_policy, timing=QUICK_RELAY) as relay,
    ):
        current_outbox.set(PostgresOutbox(database=database, wake=relay.wake))
        yield Sender(database=database, broker=broker, relay=relay)


async def send(address: str, number: int = 0, urgency: str = "medium") -> None:
    """Store a message in the current outbox; tests identify it by its number."""
    assert await send_to_microservice(
        to_service=address,
        from_service="catalog-service",
        method="POST",
        message={"number": number},
        urgency=urgency,
    )
