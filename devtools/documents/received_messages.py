"""Messages that this service handles: the events of its handlers. Others are ignored."""

from typing import Any

from app.api.messages.message_dispatcher import MessageHandler
from app.api.v1.handlers import HANDLERS
from app.config.settings import Settings
from app.utils.queue_names import queue_name_for_service
from devtools.documents.envelope import RECEIVED, Json, amqp, enveloped, message, operation, queue
from devtools.documents.event_schemas import plain

CHANNEL = "own"


def channels() -> Json:
    """Describe the queue of this service, if there are handlers."""
    if not HANDLERS:
        return {}
    parameter = {
        "description": "SERVICE_NAME of this service",
        "default": Settings.model_fields["service_name"].default,
    }
    return {
        CHANNEL: {
            "address": queue_name_for_service("{service_name}"),
            "description": "The queue of this service.",
            "parameters": {"service_name": parameter},
            **queue(map(_name, HANDLERS)),
        }
    }


def operations() -> Json:
    return {
        f"receive {handler.event}": operation("receive", CHANNEL, _name(handler))
        | {"bindings": amqp({"ack": True})}
        for handler in HANDLERS
    }


def messages() -> Json:
    return {
        _name(handler): message(handler.event, enveloped(_name(handler), around=RECEIVED))
        for handler in HANDLERS
    }


def schemas() -> Json:
    return {_name(handler): _payload(handler) for handler in HANDLERS}


def _name(handler: MessageHandler[Any]) -> str:
    """Return a name that differs from a sent event's, since a copy may send the same event."""
    return f"received.{handler.event}"


def _payload(handler: MessageHandler[Any]) -> Json:
    """Describe what the handler's schema reads; other members are ignored."""
    taken = plain(handler.payload.model_json_schema())
    properties = {name: plain(schema) for name, schema in taken["properties"].items()}
    return taken | {
        "properties": {"event": {"const": handler.event}, **properties},
        "required": ["event", *taken["required"]],
    }
