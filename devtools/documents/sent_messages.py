"""Messages that this service sends: each event kind of each domain, to every subscriber."""

from app.infrastructure.messaging.broker.queues import PRIORITIES
from app.models.shared.event import EventKind
from app.utils.queue_names import queue_name_for_service
from devtools.documents.domains import find_domains
from devtools.documents.envelope import Json, amqp, enveloped, message, operation, queue
from devtools.documents.event_schemas import event_schema, resource_schema

CHANNEL = "subscriber"
PERSISTENT = 2


def kinds() -> list[EventKind]:
    return [kind for domain in find_domains() for kind in domain.events]


def channel() -> Json:
    return {
        "address": queue_name_for_service("{url}"),
        "description": "The queue of one of EVENT_SUBSCRIBERS.",
        "parameters": {
            "url": {
                "description": "Its URL without the scheme, and with `_` for `:` and `/`",
                "examples": ["localhost_8002_api_v1_orders"],
            }
        },
        **queue(kind.name for kind in kinds()),
    }


def operations() -> Json:
    return {f"send {kind.name}": _sending(kind) for kind in kinds()}


def messages() -> Json:
    return {
        kind.name: message(kind.name, enveloped(kind.name, urgency={"const": kind.urgency}))
        for kind in kinds()
    }


def schemas() -> Json:
    found: Json = {}
    for domain in find_domains():
        found[domain.title] = resource_schema(domain)
        found |= {kind.name: event_schema(kind, domain) for kind in domain.events}
    return found


def _sending(kind: EventKind) -> Json:
    binding = {
        "priority": PRIORITIES[kind.urgency],
        "deliveryMode": PERSISTENT,
        "mandatory": True,
        "timestamp": True,
    }
    return operation("send", CHANNEL, kind.name) | {"bindings": amqp(binding)}
