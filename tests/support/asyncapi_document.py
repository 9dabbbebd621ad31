"""The AsyncAPI document, and real messages to validate against it."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

import jsonschema_rs

import app
from app.infrastructure.messaging.outbox.outgoing_message import OutgoingMessage
from app.models.shared.event import Event, EventKind
from app.models.shared.record import Changes, changes_between
from app.utils.json_text import from_json
from devtools.documents.domains import Domain, find_domains
from devtools.documents.event_schemas import is_creation, is_removal
from devtools.documents.generated import ROOT

DOCUMENT: dict[str, Any] = json.loads((ROOT / "docs" / "asyncapi.json").read_text())
KINDS = [(kind, domain) for domain in find_domains() for kind in domain.events]
NOW = datetime(2026, 3, 1, 12, 30, 15, 123456, UTC)


def make_validator(message: str, part: str = "payload") -> jsonschema_rs.Draft7Validator:
    """Create a validator for a part of the message, in the dialect of AsyncAPI 3.0."""
    schema = {"$ref": f"#/components/messages/{message}/{part}", **DOCUMENT}
    return jsonschema_rs.Draft7Validator(schema, validate_formats=True)


def make_message(kind: EventKind, domain: Domain) -> OutgoingMessage:
    """Create the message of an event about the domain's example."""
    event = Event(
        kind=kind, entity_id=7, version=1, changes=_changes(kind, domain), occurred_at=NOW
    )
    return OutgoingMessage.create(
        to_service="http://localhost:8002/api/v1/orders",
        from_service=app.__slug__,
        method="POST",
        payload=event.payload(),
        urgency=kind.urgency,
    )


def _changes(kind: EventKind, domain: Domain) -> Changes:
    record = _record(domain)
    if is_creation(kind):
        return changes_between(None, record)
    if is_removal(kind):
        return changes_between(record, None)
    return {
        name: dict.fromkeys(("old", "new"), getattr(record, name)) for name in kind.payload_fields
    }


def _record(domain: Domain) -> Any:
    schemas = import_module(f"app.schemas.{domain.plural}.{domain.singular}_schemas")
    models = import_module(f"app.models.{domain.plural}.{domain.singular}")
    example = from_json(json.dumps(schemas.EXAMPLE).encode())
    new = getattr(schemas, f"{domain.title}Create").model_validate(example).to_model()
    stamps = {"id": 7, "created_at": NOW, "updated_at": NOW, "version": 1}
    return getattr(models, domain.title)(**asdict(new), **stamps)
