"""The AsyncAPI 3.0 document of the messages: of every event kind, whatever its domain.

https://www.asyncapi.com/docs/reference/specification/v3.0.0
"""

import json
from typing import Any

import app
from app.infrastructure.messaging.queues import PRIORITIES, QUEUE_ARGUMENTS
from app.models.event import EventKind
from app.utils.queue_names import named_queue
from devtools.documents.domains import find_domains
from devtools.documents.envelope import HEADERS, SCHEMAS, enveloped
from devtools.documents.event_schemas import COMPONENTS, event_schema, resource_schema

Json = dict[str, Any]

SUBSCRIBER = "subscriber"
PERSISTENT = 2


def asyncapi_text() -> str:
    return json.dumps(asyncapi_document(), indent=2) + "\n"


def asyncapi_document() -> Json:
    kinds = [kind for domain in find_domains() for kind in domain.events]
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": app.__title__,
            "version": app.__version__,
            "description": "What this service tells others through RabbitMQ, each at least once.",
        },
        "defaultContentType": "application/json",
        "channels": {SUBSCRIBER: _subscriber(kinds)},
        "operations": {f"send {kind.name}": _sending(kind) for kind in kinds},
        "components": {
            "messages": {kind.name: _message(kind) for kind in kinds},
            "schemas": SCHEMAS | _schemas(),
        },
    }


def _subscriber(kinds: list[EventKind]) -> Json:
    return {
        "address": named_queue("{url}"),
        "description": "The queue of one of EVENT_SUBSCRIBERS.",
        "parameters": {
            "url": {
                "description": "Its URL without the scheme, and with `_` for `:` and `/`",
                "examples": ["localhost_8002_api_v1_orders"],
            }
        },
        "messages": {kind.name: {"$ref": f"#/components/messages/{kind.name}"} for kind in kinds},
        "bindings": _amqp(
            {
                "is": "queue",
                "queue": {"durable": True, "exclusive": False, "autoDelete": False},
                "x-arguments": QUEUE_ARGUMENTS,
            }
        ),
    }


def _sending(kind: EventKind) -> Json:
    channel = f"#/channels/{SUBSCRIBER}"
    return {
        "action": "send",
        "channel": {"$ref": channel},
        "messages": [{"$ref": f"{channel}/messages/{kind.name}"}],
        "bindings": _amqp(
            {
                "priority": PRIORITIES[kind.urgency],
                "deliveryMode": PERSISTENT,
                "mandatory": True,
                "timestamp": True,
            }
        ),
    }


def _message(kind: EventKind) -> Json:
    return {
        "name": kind.name,
        "contentType": "application/json",
        "headers": {"$ref": COMPONENTS + HEADERS},
        "payload": enveloped(kind.name, urgency={"const": kind.urgency}),
    }


def _schemas() -> Json:
    schemas: Json = {}
    for domain in find_domains():
        schemas[domain.title] = resource_schema(domain)
        schemas |= {kind.name: event_schema(kind, domain) for kind in domain.events}
    return schemas


def _amqp(binding: Json) -> Json:
    return {"amqp": {**binding, "bindingVersion": "0.3.0"}}
