"""JSON Schemas of events, from the event kinds and the response schemas of the API."""

from typing import Any

from app.models.shared.event import EventKind
from app.schemas.shared.fields import MAX_ID
from devtools.documents.domains import Domain

Json = dict[str, Any]

NULL: Json = {"type": "null"}
TIME: Json = {"type": "string", "format": "date-time"}
COMPONENTS = "#/components/schemas/"
# Keywords that describe a field of a record, not a change of it.
_NOISE = ("title", "default", "examples")


def resource_schema(domain: Domain) -> Json:
    """Describe the fields of a record that any of its events contains."""
    shown = domain.shown.model_json_schema(
        mode="serialization", ref_template=COMPONENTS + "{model}"
    )
    told = {name for kind in domain.events for name in kind.payload_fields}
    properties = {
        name: plain(schema) for name, schema in shown["properties"].items() if name in told
    }
    return {"type": "object", "description": f"Fields of {domain.plural}", "properties": properties}


def event_schema(kind: EventKind, domain: Domain) -> Json:
    """Describe the payload that `Event.payload` makes for this kind."""
    fields = resource_schema(domain)["properties"]
    properties: Json = {
        "event": {"const": kind.name},
        f"{kind.entity}_id": {"type": "integer", "minimum": 1, "maximum": MAX_ID},
        "version": {
            "type": "integer",
            "minimum": 1,
            "description": "Incremented by every change; ignore an event that is not newer",
        },
        **{name: _change(name, kind, domain) for name in kind.payload_fields},
        "occurred_at": TIME,
    }
    optional = _optional(kind, fields)
    return {
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }


def _change(name: str, kind: EventKind, domain: Domain) -> Json:
    value = {"$ref": f"{COMPONENTS}{domain.title}/properties/{name}"}
    return {
        "type": "object",
        "properties": {
            "old": NULL if is_creation(kind) else value,
            "new": NULL if is_removal(kind) else value,
        },
        "required": ["old", "new"],
        "additionalProperties": False,
    }


def _optional(kind: EventKind, fields: Json) -> set[str]:
    """Return the names of optional fields: those that need not have changed."""
    if is_creation(kind) or is_removal(kind):
        return {name for name in kind.payload_fields if NULL in fields[name].get("anyOf", [])}
    return set(kind.payload_fields) if len(kind.payload_fields) > 1 else set()


def is_creation(kind: EventKind) -> bool:
    return kind.name.endswith(".created")


def is_removal(kind: EventKind) -> bool:
    return kind.name.endswith(".deleted")


def plain(schema: Json) -> Json:
    return {name: value for name, value in schema.items() if name not in _NOISE}
