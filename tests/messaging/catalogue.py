"""The whole service in this process, telling its events to one subscriber."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import asyncpg
import httpx
from aio_pika.abc import AbstractIncomingMessage
from asgi_lifespan import LifespanManager

from app.config.settings import Settings
from app.main import create_app
from tests.faults.outcomes import PRODUCTS, product
from tests.messaging.receiving import document
from tests.setup import Tokens, client_of


@dataclass
class Catalogue:
    """`acknowledged` are the ids of products whose making was answered with 201."""

    admin: httpx.AsyncClient
    acknowledged: list[int] = field(default_factory=list)

    async def create(self, count: int) -> None:
        for _ in range(count):
            answer = await self.admin.post(PRODUCTS, json=product("told"))
            assert answer.status_code == 201, answer.text
            self.acknowledged.append(answer.json()["id"])

    async def messaging_is(self, condition: str) -> bool:
        health: str = (await self.admin.get("/health")).json()["messaging"]
        return health == condition


@asynccontextmanager
async def telling(
    settings: Settings, tokens: Tokens, *, broker_url: str, subscriber: str
) -> AsyncIterator[Catalogue]:
    changed = Settings.model_validate(
        settings.model_dump() | {"rabbitmq_url": broker_url, "event_subscribers": [subscriber]}
    )
    async with (
        LifespanManager(create_app(changed), startup_timeout=15, shutdown_timeout=15) as manager,
        client_of(manager.app, tokens.admin) as admin,
    ):
        yield Catalogue(admin)


async def require_reconciled(
    database_url: str, acknowledged: list[int], arrived: list[AbstractIncomingMessage]
) -> None:
    """Check that each acknowledged write has one audit row, and a message that arrived."""
    connection = await asyncpg.connect(database_url)
    audited = await connection.fetch(
        "SELECT resource, count(*) AS rows FROM audit_log GROUP BY resource"
    )
    sent = await connection.fetch("SELECT id FROM outbox")
    await connection.close()
    wanted = {f"products/{product_id}": 1 for product_id in acknowledged}
    assert wanted.items() <= {row["resource"]: row["rows"] for row in audited}.items()
    told = {document(message)["payload"]["product_id"] for message in arrived}
    assert set(acknowledged) <= told
    assert {str(row["id"]) for row in sent} == {message.message_id for message in arrived}
