"""A message as it reaches this service."""

import json
from dataclasses import dataclass
from typing import Any, Self

from aio_pika.abc import AbstractIncomingMessage

from app.infrastructure.messaging.message import MAX_MESSAGE_BYTES
from app.utils.json_text import object_from_json

MAX_ID_CHARACTERS = 255
SHOWN_CHARACTERS = 100


class UnacceptableMessageError(Exception):
    """It will never be handled, however often it is tried; the message says why."""


@dataclass(frozen=True, kw_only=True)
class IncomingMessage:
    """What the sender wrote (CONTRACT section 6), and what its log lines are found by."""

    id: str
    from_service: str
    payload: dict[str, Any]
    request_id: str | None
    traceparent: str | None

    @classmethod
    def read(cls, delivery: AbstractIncomingMessage) -> Self:
        """Raise UnacceptableMessageError if it is no such message."""
        if len(delivery.body) > MAX_MESSAGE_BYTES:
            raise UnacceptableMessageError(f"It has more than {MAX_MESSAGE_BYTES} bytes")
        try:
            body = object_from_json(delivery.body)
        except json.JSONDecodeError as error:
            raise UnacceptableMessageError(f"It is no JSON: {error.msg}") from error
        except ValueError as error:
            raise UnacceptableMessageError(str(error)) from error
        return cls(
            id=_text(body, "id"),
            from_service=_text(body, "from_service"),
            payload=_object(body, "payload"),
            request_id=_header(delivery, "x-request-id"),
            traceparent=_header(delivery, "traceparent"),
        )

    @property
    def event(self) -> str | None:
        """What it is about; None if it does not say so."""
        event = self.payload.get("event")
        return event[:SHOWN_CHARACTERS] if isinstance(event, str) else None


def _text(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= MAX_ID_CHARACTERS or "\0" in value:
        raise UnacceptableMessageError(f"It has no {name}")
    return value


def _object(body: dict[str, Any], name: str) -> dict[str, Any]:
    value = body.get(name)
    if not isinstance(value, dict):
        raise UnacceptableMessageError(f"Its {name} is no object")
    return value


def _header(delivery: AbstractIncomingMessage, name: str) -> str | None:
    value = delivery.headers.get(name)
    return value[:SHOWN_CHARACTERS] if isinstance(value, str) else None
