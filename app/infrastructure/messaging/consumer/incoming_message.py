"""Message from another service."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from aio_pika.abc import AbstractIncomingMessage

from app.infrastructure.messaging.consumer.message_copy import validated_sender
from app.infrastructure.messaging.outbox.outgoing_message import MAX_MESSAGE_BYTES
from app.utils.json_text import object_from_json
from app.utils.printable_text import printable

MAX_ID_CHARACTERS = 255
MAX_LOGGED_CHARACTERS = 100


class UnacceptableMessageError(Exception):
    """Raised for a message that can never be handled; it is dead-lettered without a retry."""


@dataclass(frozen=True, kw_only=True)
class IncomingMessage:
    """Content of a message.

    `from_service` is what the body says. `sender` is the RabbitMQ user that published the message,
    if the broker has checked it: the message is then authenticated. A process with the same user
    as this service is authenticated too, and its sender is `from_service`.
    """

    id: str
    from_service: str
    payload: dict[str, Any]
    sender: str
    is_authenticated: bool = False
    created_at: datetime | None = None

    @classmethod
    def parse(cls, delivery: AbstractIncomingMessage, *, own_user: str | None = None) -> Self:
        """Raise UnacceptableMessageError if the delivery does not have the format of a message."""
        if len(delivery.body) > MAX_MESSAGE_BYTES:
            raise UnacceptableMessageError(f"The message is larger than {MAX_MESSAGE_BYTES} bytes")
        try:
            body = object_from_json(delivery.body)
        except json.JSONDecodeError as error:
            raise UnacceptableMessageError(f"Not valid JSON: {error.msg}") from error
        except ValueError as error:
            raise UnacceptableMessageError(str(error)) from error
        from_service = _text(body, "from_service")
        user = validated_sender(delivery, own_user=own_user)
        names_service = user is None or user == own_user
        return cls(
            id=_text(body, "id"),
            from_service=from_service,
            payload=_object(body, "payload"),
            sender=from_service
            if names_service
            else printable(user or "", limit=MAX_ID_CHARACTERS),
            is_authenticated=user is not None,
            created_at=_time(body.get("timestamp")),
        )

    @property
    def event(self) -> str | None:
        """Name of the event; None if the payload has none."""
        event = self.payload.get("event")
        return event[:MAX_LOGGED_CHARACTERS] if isinstance(event, str) else None


def _text(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= MAX_ID_CHARACTERS:
        raise UnacceptableMessageError(f"`{name}` is missing or invalid")
    if not value.isprintable():
        # It appears in log lines, in the audit, and on terminals.
        raise UnacceptableMessageError(f"`{name}` has characters that cannot be printed")
    return value


def _time(value: object) -> datetime | None:
    """Return a time with a zone; None for anything else, because handling does not depend on it."""
    try:
        time = datetime.fromisoformat(value) if isinstance(value, str) else None
        return time.astimezone(UTC) if time is not None and time.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def _object(body: dict[str, Any], name: str) -> dict[str, Any]:
    value = body.get(name)
    if not isinstance(value, dict):
        raise UnacceptableMessageError(f"`{name}` is not an object")
    return value
