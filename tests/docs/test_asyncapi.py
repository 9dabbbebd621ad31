"""What is really sent is what docs/asyncapi.json says."""

import json
from typing import Any

import pytest

from app.config.settings import Settings
from app.infrastructure.messaging.queues import PRIORITIES
from app.models.event import EventKind
from devtools.documents.domains import Domain
from devtools.ports import free_port
from tests.database import rows_of
from tests.docs.asyncapi_document import DOCUMENT, KINDS, sent, validator
from tests.products.making import PRODUCTS, product_body
from tests.setup import Tokens, client_of, running

every_kind = pytest.mark.parametrize(
    ("kind", "domain"), KINDS, ids=[kind.name for kind, _ in KINDS]
)


@every_kind
def test_a_message_is_as_documented(kind: EventKind, domain: Domain) -> None:
    message = sent(kind, domain)

    validator(kind.name).validate(json.loads(message.body))
    assert set(json.loads(message.body)) == _documented_members()


@every_kind
@pytest.mark.parametrize("spoilt", ["event", "version", "occurred_at", "unknown"])
def test_a_message_that_says_anything_else_is_not(
    kind: EventKind, domain: Domain, spoilt: str
) -> None:
    body = json.loads(sent(kind, domain).body)
    body["payload"][spoilt] = "something else"

    assert not validator(kind.name).is_valid(body)


@every_kind
@pytest.mark.parametrize("missing", ["event", "version", "occurred_at"])
def test_a_message_that_lacks_something_is_not(
    kind: EventKind, domain: Domain, missing: str
) -> None:
    body = json.loads(sent(kind, domain).body)
    del body["payload"][missing]

    assert not validator(kind.name).is_valid(body)


@every_kind
def test_the_broker_is_told_the_documented_priority(kind: EventKind, domain: Domain) -> None:
    operation = DOCUMENT["operations"][f"send {kind.name}"]

    assert operation["bindings"]["amqp"]["priority"] == PRIORITIES[kind.urgency]
    assert sent(kind, domain).priority == PRIORITIES[kind.urgency]


async def test_what_requests_leave_in_the_outbox_is_as_documented(
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


def _documented_members() -> set[str]:
    return set(DOCUMENT["components"]["schemas"]["Envelope"]["properties"])
