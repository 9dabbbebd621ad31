"""What requests leave in the outbox is what docs/asyncapi.json says."""

import json
from typing import Any

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
