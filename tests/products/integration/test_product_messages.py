"""Sent and received product messages match docs/asyncapi.json."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from app.api.v1.products import product_handlers
from app.config.settings import Settings
from devtools.ports import free_port
from tests.products.factories import PRODUCTS, product_body
from tests.support.asyncapi_document import KINDS, make_validator
from tests.support.database import fetch_rows
from tests.support.settings_and_clients import Tokens, make_client, running_app


async def test_every_change_sends_a_documented_message(settings: Settings, tokens: Tokens) -> None:
    async with (
        running_app(
            settings,
            rabbitmq_url=f"amqp://127.0.0.1:{free_port()}/",
            event_subscribers=["http://localhost:8002/api/v1/orders"],
        ) as app,
        make_client(app, tokens.admin) as admin,
    ):
        created = await admin.post(PRODUCTS, json=product_body(), headers={"X-Request-ID": "a-1"})
        path = f"{PRODUCTS}/{created.json()['id']}"
        await admin.patch(path, json={"name": "Desk lamp"})
        await admin.patch(f"{path}/price", json={"price": 9999999999.99})
        await admin.patch(f"{path}/availability", json={"is_available": False})
        await admin.delete(path)

    rows = await fetch_rows(settings.database_url.get_secret_value(), "outbox")

    payloads = {_event_of(row): row for row in rows}
    assert set(payloads) == {kind.name for kind, domain in KINDS if domain.plural == "products"}
    for name, row in payloads.items():
        make_validator(name).validate(json.loads(row["body"]))
        make_validator(name, "headers").validate(json.loads(row["headers"]))


def _event_of(row: dict[str, Any]) -> str:
    return str(json.loads(row["body"])["payload"]["event"])


@pytest.mark.parametrize(
    "payload",
    [
        {"product_id": 7, "in_stock": True},
        {"product_id": 7, "in_stock": False, "warehouse": "unknown members are ignored"},
        {"product_id": 0, "in_stock": True},
        {"product_id": 2**63, "in_stock": True},
        {"product_id": "7", "in_stock": True},
        {"product_id": 7, "in_stock": 1},
        {"product_id": 7},
        {"in_stock": True},
    ],
)
def test_a_stock_message_is_handled_as_documented(payload: dict[str, Any]) -> None:
    (handler,) = product_handlers.HANDLERS
    content = {"event": handler.event, **payload}
    message = {"id": "1", "from_service": "inventory-service", "payload": content}

    try:
        handler.payload.model_validate(content)
    except ValidationError:
        is_accepted = False
    else:
        is_accepted = True

    assert make_validator(f"received.{handler.event}").is_valid(message) is is_accepted
