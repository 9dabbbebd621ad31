"""What is really sent is what docs/asyncapi.json says."""

import json

import pytest

from app.infrastructure.messaging.queues import PRIORITIES
from app.models.event import EventKind
from devtools.documents.domains import Domain
from tests.docs.asyncapi_document import DOCUMENT, KINDS, sent, validator

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


def _documented_members() -> set[str]:
    return set(DOCUMENT["components"]["schemas"]["Envelope"]["properties"])
