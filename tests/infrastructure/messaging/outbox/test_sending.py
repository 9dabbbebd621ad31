"""`send_to_microservice` stores a message in the transaction of its caller."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID

import httpx
import pytest
from asgi_lifespan import LifespanManager
from fastapi import FastAPI, Request

from app.config.settings import Settings
from app.infrastructure.messaging import UrgencyLevel, send_to_microservice
from app.infrastructure.messaging.broker.queues import MAX_PRIORITY
from app.infrastructure.resources import resources_of
from devtools.rabbitmq import PrivateRabbitMQ
from tests.support.database import fetch_rows
from tests.support.outbox_sender import Sender, send
from tests.support.queue_reader import read_body, receive
from tests.support.service import create_app
from tests.support.settings_and_clients import make_client
from tests.support.waiting import eventually

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
SENT = {"to_service": "http://localhost:8002/api/v1/orders", "from_service": "catalog-service"}


class CallerError(Exception):
    pass


def create_app_with_send_route(settings: Settings, address: str) -> FastAPI:
    """Create the service with a route that sends in a transaction and may then fail."""
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

        return await resources_of(request.scope).database.run(work)

    return app


@pytest.fixture
async def client(
    settings: Settings, broker_url: str, address: str
) -> AsyncIterator[httpx.AsyncClient]:
    changed = settings.model_dump() | {"rabbitmq_url": broker_url}
    app = create_app_with_send_route(Settings.model_validate(changed), address)
    async with LifespanManager(app) as manager, make_client(manager.app) as opened:
        yield opened


async def test_a_received_message_has_the_documented_form(
    client: httpx.AsyncClient, rabbitmq: PrivateRabbitMQ, address: str, queue: str
) -> None:
    response = await client.post(
        "/send?fails=false", headers={"X-Request-ID": "request-7", "traceparent": TRACE}
    )
    (message,) = await receive(rabbitmq.url, queue, count=1)

    assert response.json() is True
    body = read_body(message)
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


async def test_nothing_is_sent_when_the_transaction_fails(
    client: httpx.AsyncClient, database_url: str
) -> None:
    response = await client.post("/send?fails=true")

    assert response.status_code == 500
    assert await fetch_rows(database_url, "outbox") == []


async def test_a_message_outside_of_a_transaction_is_stored_at_once(
    sender: Sender, address: str
) -> None:
    await send(address)

    await eventually(sender.all_published)


@pytest.mark.usefixtures("sender")
@pytest.mark.parametrize(
    "wrong", [{"urgency": "urgent"}, {"urgency": "HIGH"}, {"to_service": "orders"}]
)
async def test_an_invalid_message_is_refused_at_once(
    wrong: dict[str, str], database_url: str
) -> None:
    with pytest.raises(ValueError, match=r"URL|UrgencyLevel"):
        await send_to_microservice(**{**SENT, "method": "POST", "message": {}, **wrong})  # type: ignore[arg-type]

    assert await fetch_rows(database_url, "outbox") == []


@pytest.fixture
async def unconnected(settings: Settings, address: str) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app_with_send_route(settings, address)
    async with LifespanManager(app) as manager, make_client(manager.app) as opened:
        yield opened


async def test_without_a_broker_nothing_is_sent_and_one_line_is_logged(
    unconnected: httpx.AsyncClient, caplog: pytest.LogCaptureFixture, database_url: str
) -> None:
    responses = [(await unconnected.post("/send?fails=false")).json() for _ in range(3)]
    health = (await unconnected.get("/health")).json()

    assert responses == [False, False, False]
    assert [text for text in caplog.messages if "RABBITMQ_URL" in text] == [
        "Messages are not sent: RABBITMQ_URL is not set"
    ]
    assert await fetch_rows(database_url, "outbox") == []
    assert (health["status"], health["messaging"]) == ("healthy", "disabled")


def test_urgency_levels_have_the_documented_names() -> None:
    assert [level.value for level in UrgencyLevel] == ["low", "medium", "high", "critical"]
