"""JSON Schemas of events, from the event kinds and the schemas that the API answers with."""

from typing import Any

from app.models.event import EventKind
from app.schemas.fields import MAX_ID
from devtools.documents.domains import Domain

Json = dict[str, Any]

NULL: Json = {"type": "null"}
TIME: Json = {"type": "string", "format": "date-time"}
COMPONENTS = "#/components/schemas/"
# Said of a field of a resource, and not of its change.
_NOISE = ("title", "default", "examples")


def resource_schema(domain: Domain) -> Json:
    """Describe the fields that events tell, whether or not one event tells all of them."""
    shown = domain.shown.model_json_schema(
        mode="serialization", ref_template=COMPONENTS + "{model}"
    )
    told = {name for kind in domain.events for name in kind.tells}
    properties = {
        name: plain(schema) for name, schema in shown["properties"].items() if name in told
    }
    return {"type": "object", "description": f"Fields of {domain.plural}", "properties": properties}


def event_schema(kind: EventKind, domain: Domain) -> Json:
    """Describe what `Event.payload` makes of this kind."""
    fields = resource_schema(domain)["properties"]
    properties: Json = {
        "event": {"const": kind.name},
        f"{kind.subject}_id": {"type": "integer", "minimum": 1, "maximum": MAX_ID},
        "version": {
            "type": "integer",
            "minimum": 1,
            "description": "Grows with every change: what is not newer is out of date",
        },
        **{name: _change(name, kind, domain) for name in kind.tells},
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
    """Name the fields that may be left out: those that need not have changed."""
    if is_creation(kind) or is_removal(kind):
        return {name for name in kind.tells if NULL in fields[name].get("anyOf", [])}
    return set(kind.tells) if len(kind.tells) > 1 else set()


def is_creation(kind: EventKind) -> bool:
    return kind.name.endswith(".created")


def is_removal(kind: EventKind) -> bool:
    return kind.name.endswith(".deleted")


def plain(schema: Json) -> Json:
    return {name: value for name, value in schema.items() if name not in _NOISE}
