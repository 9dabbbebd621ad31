"""Schemas of the envelope of every message: see `OutgoingMessage` and `IncomingMessage`."""

from collections.abc import Iterable
from typing import Any

from app.infrastructure.messaging.broker.queues import QUEUE_ARGUMENTS
from app.models.shared.event import UrgencyLevel
from devtools.documents.event_schemas import COMPONENTS, TIME

Json = dict[str, Any]

ENVELOPE, RECEIVED, HEADERS = "Envelope", "ReceivedEnvelope", "Headers"
BINDING_VERSION = "0.3.0"

_TEXT: Json = {"type": "string"}
_MEMBERS: Json = {
    "from_service": {**_TEXT, "description": "SERVICE_NAME of the sender"},
    "to_service": {**_TEXT, "description": "URL of the receiver"},
    "method": {**_TEXT, "description": "HTTP method of an equivalent request to the receiver"},
    "payload": {"type": "object"},
    "urgency": {"enum": [level.value for level in UrgencyLevel]},
    "timestamp": TIME,
    "id": {
        **_TEXT,
        "format": "uuid",
        "description": "The same at every delivery of the message; also its `message_id`",
    },
}
_READ: Json = {
    "from_service": {**_TEXT, "minLength": 1, "maxLength": 255},
    "payload": {"type": "object"},
    "id": {**_TEXT, "minLength": 1, "maxLength": 255, "description": "Each ID is handled once"},
}

SCHEMAS: Json = {
    ENVELOPE: {"type": "object", "properties": _MEMBERS, "required": list(_MEMBERS)},
    RECEIVED: {
        "type": "object",
        "description": "The members of an Envelope that a receiver reads; others are optional",
        "properties": _READ,
        "required": list(_READ),
    },
    HEADERS: {
        "type": "object",
        "properties": {
            "x-request-id": {**_TEXT, "description": "ID of the request that caused the message"},
            "traceparent": {**_TEXT, "description": "W3C Trace Context"},
            "tracestate": {**_TEXT, "description": "W3C Trace Context, if the caller sent it"},
        },
    },
}


def enveloped(name: str, *, around: str = ENVELOPE, **members: object) -> Json:
    """Return the schema of a message whose payload has the named schema."""
    properties = {"payload": {"$ref": COMPONENTS + name}, **members}
    return {"allOf": [{"$ref": COMPONENTS + around}, {"type": "object", "properties": properties}]}


def message(name: str, payload: Json) -> Json:
    return {
        "name": name,
        "contentType": "application/json",
        "headers": {"$ref": COMPONENTS + HEADERS},
        "payload": payload,
    }


def operation(action: str, channel: str, message_name: str) -> Json:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "messages": [{"$ref": f"#/channels/{channel}/messages/{message_name}"}],
    }


def queue(message_names: Iterable[str]) -> Json:
    """Describe the queue of a channel and its messages."""
    binding = {
        "is": "queue",
        "queue": {"durable": True, "exclusive": False, "autoDelete": False},
        "x-arguments": QUEUE_ARGUMENTS,
    }
    return {
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in message_names},
        "bindings": amqp(binding),
    }


def amqp(binding: Json) -> Json:
    return {"amqp": {**binding, "bindingVersion": BINDING_VERSION}}
