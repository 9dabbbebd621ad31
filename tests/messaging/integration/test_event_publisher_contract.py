"""One suite for the publisher that services are tested with, and for the one they run with."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.infrastructure.database.opening import open_database
from app.infrastructure.database.transactions import Transactions
from app.infrastructure.messaging.event_publisher import EventPublisher
from app.infrastructure.messaging.outbox_event_publisher import OutboxEventPublisher
from app.infrastructure.messaging.postgres_outbox import PostgresOutbox
from app.models.event import event_about
from app.models.products.product import Product
from app.models.products.product_events import PRODUCT_DELETED
from app.utils.json_text import object_from_json
from tests.fakes import InMemoryEventPublisher, InMemoryTransactions
from tests.products.making import make_product
from tests.setup import make_settings

SUBSCRIBER = "http://orders:8002/api/v1/orders"


class CallerError(Exception):
    pass


@dataclass(frozen=True)
class Publishing:
    events: EventPublisher
    transactions: Transactions
    told: Callable[[], Awaitable[list[str]]]


@asynccontextmanager
async def in_memory(_: str, __: Path) -> AsyncIterator[Publishing]:
    events = InMemoryEventPublisher()

    async def told() -> list[str]:
        return events.names

    yield Publishing(events, InMemoryTransactions(events), told)


@asynccontextmanager
async def on_postgres(url: str, directory: Path) -> AsyncIterator[Publishing]:
    async with open_database(make_settings(url, "http://unused", directory)) as database:
        events = OutboxEventPublisher(
            outbox=PostgresOutbox(database=database, wake=lambda: None),
            from_service="catalog-service",
            subscribers=[SUBSCRIBER],
        )

        async def told() -> list[str]:
            rows = await database.fetch("SELECT body FROM outbox ORDER BY position")
            return [object_from_json(row["body"])["payload"]["event"] for row in rows]

        yield Publishing(events, database, told)


@pytest.fixture(params=[in_memory, on_postgres])
async def publishing(
    request: pytest.FixtureRequest, database_url: str, tmp_path: Path
) -> AsyncIterator[Publishing]:
    async with request.param(database_url, tmp_path) as opened:
        yield opened


async def _publish(publishing: Publishing) -> None:
    old: Product = make_product()
    await publishing.events.publish(event_about(PRODUCT_DELETED, old, None))


async def test_an_event_is_told_with_the_transaction(publishing: Publishing) -> None:
    async def work() -> None:
        await _publish(publishing)
        await _publish(publishing)

    await publishing.transactions.run(work)

    assert await publishing.told() == ["product.deleted"] * 2


async def test_an_event_of_a_failed_transaction_is_never_told(publishing: Publishing) -> None:
    async def work() -> None:
        await _publish(publishing)
        raise CallerError

    with pytest.raises(CallerError):
        await publishing.transactions.run(work)

    assert await publishing.told() == []


async def test_an_event_outside_of_a_transaction_is_told_at_once(publishing: Publishing) -> None:
    await _publish(publishing)

    assert await publishing.told() == ["product.deleted"]
