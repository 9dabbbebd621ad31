"""The contract of event publishers: the fake and the one on PostgreSQL."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.infrastructure.database.opening import open_database
from app.infrastructure.messaging.outbox.outbox_event_publisher import OutboxEventPublisher
from app.infrastructure.messaging.outbox.postgres_outbox import PostgresOutbox
from app.models.shared.event import build_event
from app.ports.event_publisher import EventPublisher
from app.ports.transactions import Transactions
from app.utils.json_text import object_from_json
from tests.support.fakes import InMemoryEventPublisher, InMemoryTransactions
from tests.support.settings_and_clients import make_settings
from tests.widgets.factories import make_new_widget
from tests.widgets.fakes import InMemoryWidgetRepository
from tests.widgets.models.widget import Widget
from tests.widgets.models.widget_events import WIDGET_CREATED, WIDGET_DELETED

SUBSCRIBER = "http://orders:8002/api/v1/orders"


class CallerError(Exception):
    pass


@dataclass(frozen=True)
class Publishing:
    events: EventPublisher
    transactions: Transactions
    published: Callable[[], Awaitable[list[str]]]


@asynccontextmanager
async def in_memory(_: str, __: Path) -> AsyncIterator[Publishing]:
    events = InMemoryEventPublisher()

    async def published() -> list[str]:
        return events.names

    yield Publishing(events, InMemoryTransactions(events), published)


@asynccontextmanager
async def on_postgres(url: str, directory: Path) -> AsyncIterator[Publishing]:
    async with open_database(make_settings(url, "http://unused", directory)) as database:
        events = OutboxEventPublisher(
            outbox=PostgresOutbox(database=database, wake=lambda: None),
            from_service="catalog-service",
            subscribers=[SUBSCRIBER],
        )

        async def published() -> list[str]:
            rows = await database.fetch("SELECT body FROM outbox ORDER BY position")
            return [object_from_json(row["body"])["payload"]["event"] for row in rows]

        yield Publishing(events, database, published)


@pytest.fixture(params=[in_memory, on_postgres])
async def publishing(
    request: pytest.FixtureRequest, database_url: str, tmp_path: Path
) -> AsyncIterator[Publishing]:
    async with request.param(database_url, tmp_path) as opened:
        yield opened


async def _publish(publishing: Publishing) -> None:
    old: Widget = await InMemoryWidgetRepository().add(make_new_widget())
    await publishing.events.publish(build_event(WIDGET_DELETED, old, None))


async def test_an_event_is_published_with_its_transaction(publishing: Publishing) -> None:
    async def work() -> None:
        await _publish(publishing)
        await _publish(publishing)

    await publishing.transactions.run(work)

    assert await publishing.published() == ["widget.deleted"] * 2


async def test_an_event_of_a_failed_transaction_is_not_published(publishing: Publishing) -> None:
    async def work() -> None:
        await _publish(publishing)
        raise CallerError

    with pytest.raises(CallerError):
        await publishing.transactions.run(work)

    assert await publishing.published() == []


async def test_an_event_outside_of_a_transaction_is_published_at_once(
    publishing: Publishing,
) -> None:
    await _publish(publishing)

    assert await publishing.published() == ["widget.deleted"]


async def test_many_events_are_published_with_the_transaction_in_their_order(
    publishing: Publishing,
) -> None:
    widget: Widget = await InMemoryWidgetRepository().add(make_new_widget())
    events = [build_event(WIDGET_CREATED, None, widget), build_event(WIDGET_DELETED, widget, None)]

    async def work() -> None:
        await publishing.events.publish_all(iter(events))

    await publishing.transactions.run(work)

    assert await publishing.published() == ["widget.created", "widget.deleted"]
