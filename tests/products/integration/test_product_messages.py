"""What is sent and taken of products is what docs/asyncapi.json says."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from app.api.v1.products import product_handlers
from app.config.settings import Settings
from devtools.ports import free_port
from tests.database import rows_of
from tests.docs.asyncapi_document import KINDS, validator
from tests.products.making import PRODUCTS, product_body
from tests.setup import Tokens, client_of, running


async def test_every_change_leaves_a_message_as_documented(
    settings: Settings, tokens: Tokens
) -> None:
    async with (
        running(
            settings,
            rabbitmq_url=f"amqp://127.0.0.1:{free_port()}/",
            event_subscribers=["http://localhost:8002/api/v1/orders"],
        ) as app,
        client_of(app, tokens.admin) as admin,
    ):
        created = await admin.post(PRODUCTS, json=product_body(), headers={"X-Request-ID": "a-1"})
        path = f"{PRODUCTS}/{created.json()['id']}"
        await admin.patch(f"{path}/price", json={"price": 9999999999.99})
        await admin.patch(f"{path}/availability", json={"is_available": False})
        await admin.delete(path)

    rows = await rows_of(settings.database_url.get_secret_value(), "outbox")

    told = {_event_of(row): row for row in rows}
    assert set(told) == {kind.name for kind, domain in KINDS if domain.plural == "products"}
    for name, row in told.items():
        validator(name).validate(json.loads(row["body"]))
        validator(name, "headers").validate(json.loads(row["headers"]))


def _event_of(row: dict[str, Any]) -> str:
    return str(json.loads(row["body"])["payload"]["event"])


@pytest.mark.parametrize(
    "payload",
    [
        {"product_id": 7, "in_stock": True},
        {"product_id": 7, "in_stock": False, "warehouse": "what we do not know is ignored"},
        {"product_id": 0, "in_stock": True},
        {"product_id": 2**63, "in_stock": True},
        {"product_id": "7", "in_stock": True},
        {"product_id": 7, "in_stock": 1},
        {"product_id": 7},
        {"in_stock": True},
    ],
)
def test_the_stock_is_taken_as_documented(payload: dict[str, Any]) -> None:
    (handler,) = product_handlers.HANDLERS
    told = {"event": handler.event, **payload}
    message = {"id": "1", "from_service": "inventory-service", "payload": told}

    try:
        handler.payload.model_validate(told)
    except ValidationError:
        is_taken = False
    else:
        is_taken = True

    assert validator(f"received.{handler.event}").is_valid(message) is is_taken
