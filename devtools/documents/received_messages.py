"""What this service acts upon: the events that its handlers take; others are let go."""

from typing import Any

from app.api.messages import MessageHandler
from app.api.v1.handlers import HANDLERS
from app.config.settings import Settings
from app.utils.queue_names import named_queue
from devtools.documents.envelope import RECEIVED, Json, amqp, enveloped, message, operation, queue
from devtools.documents.event_schemas import plain

CHANNEL = "own"


def channels() -> Json:
    """Give the queue of this service, if anything is taken from it."""
    if not HANDLERS:
        return {}
    parameter = {
        "description": "SERVICE_NAME of this service",
        "default": Settings.model_fields["service_name"].default,
    }
    return {
        CHANNEL: {
            "address": named_queue("{service_name}"),
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
    """Tell it from an event of the same name that is sent, as a copy of this service does."""
    return f"received.{handler.event}"


def _payload(handler: MessageHandler[Any]) -> Json:
    """Describe what the handler's schema takes; what else is there is ignored."""
    taken = plain(handler.payload.model_json_schema())
    properties = {name: plain(schema) for name, schema in taken["properties"].items()}
    return taken | {
        "properties": {"event": {"const": handler.event}, **properties},
        "required": ["event", *taken["required"]],
    }
