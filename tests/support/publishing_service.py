"""The complete service in the test process, sending its events to one subscriber."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import asyncpg
import httpx
from aio_pika.abc import AbstractIncomingMessage
from asgi_lifespan import LifespanManager

from app.config.settings import Settings
from tests.support.queue_reader import read_body
from tests.support.service import create_app
from tests.support.settings_and_clients import Tokens, make_client
from tests.support.traffic import WIDGETS, make_widget_body


@dataclass
class PublishingService:
    """`acknowledged` are the IDs of widgets whose creation got a 201 response."""

    admin: httpx.AsyncClient
    acknowledged: list[int] = field(default_factory=list)

    async def create(self, count: int) -> None:
        for _ in range(count):
            response = await self.admin.post(WIDGETS, json=make_widget_body("published"))
            assert response.status_code == 201, response.text
            self.acknowledged.append(response.json()["id"])

    async def messaging_is(self, condition: str) -> bool:
        health: str = (await self.admin.get("/health")).json()["messaging"]
        return health == condition


@asynccontextmanager
async def open_publishing_service(
    settings: Settings, tokens: Tokens, *, broker_url: str, subscriber: str
) -> AsyncIterator[PublishingService]:
    changed = Settings.model_validate(
        settings.model_dump() | {"rabbitmq_url": broker_url, "event_subscribers": [subscriber]}
    )
    async with (
        LifespanManager(create_app(changed), startup_timeout=15, shutdown_timeout=15) as manager,
        make_client(manager.app, tokens.admin) as admin,
    ):
        yield PublishingService(admin)


async def require_reconciled(
    database_url: str, acknowledged: list[int], arrived: list[AbstractIncomingMessage]
) -> None:
    """Check that each acknowledged write has one audit row and a received message."""
    connection = await asyncpg.connect(database_url)
    audited = await connection.fetch(
        "SELECT resource, count(*) AS rows FROM audit_log GROUP BY resource"
    )
    sent = await connection.fetch("SELECT id FROM outbox")
    await connection.close()
    wanted = {f"widgets/{widget_id}": 1 for widget_id in acknowledged}
    assert wanted.items() <= {row["resource"]: row["rows"] for row in audited}.items()
    published = {read_body(message)["payload"]["widget_id"] for message in arrived}
    assert set(acknowledged) <= published
    assert {str(row["id"]) for row in sent} == {message.message_id for message in arrived}
