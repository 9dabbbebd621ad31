"""`send_to_microservice`: what arrives, and that a message belongs to its caller's transaction."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID

import httpx
import pytest
from asgi_lifespan import LifespanManager
from fastapi import FastAPI, Request

from app.config.settings import Settings
from app.dependencies import resources_of
from app.infrastructure.messaging import UrgencyLevel, send_to_microservice
from app.infrastructure.messaging.queues import MAX_PRIORITY
from app.main import create_app
from devtools.rabbitmq import PrivateRabbitMQ
from tests.database import rows_of
from tests.faults.running import eventually
from tests.messaging.receiving import document, received
from tests.messaging.sending import Sender, send
from tests.setup import client_of

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
SENT = {"to_service": "http://localhost:8002/api/v1/orders", "from_service": "catalog-service"}


class CallerError(Exception):
    pass


def with_route(settings: Settings, address: str) -> FastAPI:
    """Make the service with one route more: it sends inside of a transaction, then may fail."""
    app = create_app(settings)

    @app.post("/send")
    async def send_inside(request: Request, *, fails: bool) -> bool:
        async def work() -> bool:
            accepted = await send_to_microservice(
                to_service=address,
                from_service="catalog-service",
                method="PUT",
                message={"amount": 3, "price": 12.5},
                urgency="high",
            )
            if fails:
                raise CallerError
            return accepted

        return await resources_of(request).database.run(work)

    return app


@pytest.fixture
async def client(
    settings: Settings, broker_url: str, address: str
) -> AsyncIterator[httpx.AsyncClient]:
    changed = settings.model_dump() | {"rabbitmq_url": broker_url}
    app = with_route(Settings.model_validate(changed), address)
    async with LifespanManager(app) as manager, client_of(manager.app) as opened:
        yield opened


async def test_what_arrives_is_what_the_contract_says(
    client: httpx.AsyncClient, rabbitmq: PrivateRabbitMQ, address: str, queue: str
) -> None:
    answer = await client.post(
        "/send?fails=false", headers={"X-Request-ID": "request-7", "traceparent": TRACE}
    )
    (message,) = await received(rabbitmq.url, queue, count=1)

    assert answer.json() is True
    body = document(message)
    sent_at = datetime.fromisoformat(body.pop("timestamp"))
    assert str(UUID(body["id"])) == message.message_id == body.pop("id")
    assert body == {
        "from_service": "catalog-service",
        "to_service": address,
        "method": "PUT",
        "payload": {"amount": 3, "price": 12.5},
        "urgency": "high",
    }
    assert sent_at.utcoffset() == UTC.utcoffset(None)
    assert message.timestamp == sent_at.replace(microsecond=0)
    assert message.priority == 8
    assert message.content_type == "application/json"
    assert message.app_id == "catalog-service"
    assert message.delivery_mode == 2
    assert dict(message.headers) == {"x-request-id": "request-7", "traceparent": TRACE}
    assert MAX_PRIORITY == 10


async def test_nothing_is_sent_if_the_callers_transaction_fails(
    client: httpx.AsyncClient, database_url: str
) -> None:
    answer = await client.post("/send?fails=true")

    assert answer.status_code == 500
    assert await rows_of(database_url, "outbox") == []


async def test_a_message_outside_of_a_transaction_is_kept_at_once(
    sender: Sender, address: str
) -> None:
    await send(address)

    await eventually(sender.all_published)


@pytest.mark.usefixtures("sender")
@pytest.mark.parametrize(
    "wrong", [{"urgency": "urgent"}, {"urgency": "HIGH"}, {"to_service": "orders"}]
)
async def test_what_cannot_be_sent_is_refused_at_once(
    wrong: dict[str, str], database_url: str
) -> None:
    with pytest.raises(ValueError, match=r"URL|UrgencyLevel"):
        await send_to_microservice(**{**SENT, "method": "POST", "message": {}, **wrong})  # type: ignore[arg-type]

    assert await rows_of(database_url, "outbox") == []


@pytest.fixture
async def unconnected(settings: Settings, address: str) -> AsyncIterator[httpx.AsyncClient]:
    app = with_route(settings, address)
    async with LifespanManager(app) as manager, client_of(manager.app) as opened:
        yield opened


async def test_without_a_broker_nothing_is_sent_and_that_is_said_once(
    unconnected: httpx.AsyncClient, caplog: pytest.LogCaptureFixture, database_url: str
) -> None:
    answers = [(await unconnected.post("/send?fails=false")).json() for _ in range(3)]
    health = (await unconnected.get("/health")).json()

    assert answers == [False, False, False]
    assert [text for text in caplog.messages if "RABBITMQ_URL" in text] == [
        "Messages are not sent: RABBITMQ_URL is not set"
    ]
    assert await rows_of(database_url, "outbox") == []
    assert (health["status"], health["messaging"]) == ("healthy", "disabled")


def test_urgency_levels_are_named_as_the_contract_names_them() -> None:
    assert [level.value for level in UrgencyLevel] == ["low", "medium", "high", "critical"]
