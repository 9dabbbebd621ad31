"""Sent messages match docs/asyncapi.json."""

import json

import pytest

from app.infrastructure.messaging.broker.queues import PRIORITIES
from app.models.shared.event import EventKind
from devtools.documents.domains import Domain
from tests.support.asyncapi_document import DOCUMENT, KINDS, make_message, make_validator

every_kind = pytest.mark.parametrize(
    ("kind", "domain"), KINDS, ids=[kind.name for kind, _ in KINDS]
)


@every_kind
def test_a_message_matches_its_schema(kind: EventKind, domain: Domain) -> None:
    message = make_message(kind, domain)

    make_validator(kind.name).validate(json.loads(message.body))
    assert set(json.loads(message.body)) == _documented_members()


@every_kind
@pytest.mark.parametrize("spoilt", ["event", "version", "occurred_at", "unknown"])
def test_an_altered_message_violates_the_schema(
    kind: EventKind, domain: Domain, spoilt: str
) -> None:
    body = json.loads(make_message(kind, domain).body)
    body["payload"][spoilt] = "something else"

    assert not make_validator(kind.name).is_valid(body)


@every_kind
@pytest.mark.parametrize("missing", ["event", "version", "occurred_at"])
def test_an_incomplete_message_violates_the_schema(
    kind: EventKind, domain: Domain, missing: str
) -> None:
    body = json.loads(make_message(kind, domain).body)
    del body["payload"][missing]

    assert not make_validator(kind.name).is_valid(body)


@every_kind
def test_a_message_has_the_documented_priority(kind: EventKind, domain: Domain) -> None:
    operation = DOCUMENT["operations"][f"send {kind.name}"]

    assert operation["bindings"]["amqp"]["priority"] == PRIORITIES[kind.urgency]
    assert make_message(kind, domain).priority == PRIORITIES[kind.urgency]


def _documented_members() -> set[str]:
    return set(DOCUMENT["components"]["schemas"]["Envelope"]["properties"])
