"""JSON Schemas of what is around every message: see `OutgoingMessage`."""

from typing import Any

from app.models.event import UrgencyLevel
from devtools.documents.event_schemas import COMPONENTS, TIME

Json = dict[str, Any]

ENVELOPE, HEADERS = "Envelope", "Headers"

_MEMBERS: Json = {
    "from_service": {"type": "string", "description": "SERVICE_NAME of the sender"},
    "to_service": {"type": "string", "description": "URL of the receiver"},
    "method": {"type": "string", "description": "What the receiver would be called with by HTTP"},
    "payload": {"type": "object"},
    "urgency": {"enum": [level.value for level in UrgencyLevel]},
    "timestamp": TIME,
    "id": {
        "type": "string",
        "format": "uuid",
        "description": "The same however often the message is delivered; also its `message_id`",
    },
}

SCHEMAS: Json = {
    ENVELOPE: {"type": "object", "properties": _MEMBERS, "required": list(_MEMBERS)},
    HEADERS: {
        "type": "object",
        "properties": {
            "x-request-id": {"type": "string", "description": "Of the request that caused it"},
            "traceparent": {"type": "string", "description": "W3C Trace Context"},
        },
    },
}


def enveloped(name: str, **members: object) -> Json:
    """Give the schema of a message whose payload is the named schema."""
    payload = {"$ref": COMPONENTS + name}
    return {
        "allOf": [
            {"$ref": COMPONENTS + ENVELOPE},
            {"type": "object", "properties": {"payload": payload, **members}},
        ]
    }
