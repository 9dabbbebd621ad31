"""Copies of failed messages, made only of values that are valid in every message.

Other headers are not copied: `CC` and `BCC`, for instance, would make the broker deliver the copy
to queues that the sender may not write to.
"""

from uuid import uuid4

from aio_pika import DeliveryMode, Message
from aio_pika.abc import AbstractIncomingMessage

from app.utils.printable_text import printable
from app.utils.request_context import valid_request_id, valid_traceparent, valid_tracestate

TRIES = "x-tries"
ERROR = "x-error"
SENDER = "x-sender"
"""The validated user that sent the original, or nothing; the user of a copy is this service."""

ERROR_CHARACTERS = 500
MAX_TRIES = 1000
_PROPERTY_BYTES = 255


def copy_message(
    delivery: AbstractIncomingMessage, *, own_user: str | None, **headers: int | str
) -> Message:
    """Copy body, known properties and known headers, and add these headers.

    `own_user` is the user of this service, if the broker accepts it as the user of a message.
    """
    sender = validated_sender(delivery, own_user=own_user)
    kept = {
        "x-request-id": valid_request_id(delivery.headers.get("x-request-id")),
        "traceparent": valid_traceparent(delivery.headers.get("traceparent")),
        "tracestate": valid_tracestate(delivery.headers.get("tracestate")),
        SENDER: _short(sender) or "",
    }
    return Message(
        delivery.body,
        message_id=message_id_of(delivery),
        priority=delivery.priority,
        content_type=_short(delivery.content_type),
        timestamp=delivery.timestamp,
        app_id=_short(delivery.app_id),
        user_id=own_user,
        headers={**{name: value for name, value in kept.items() if value is not None}, **headers},
        delivery_mode=DeliveryMode.PERSISTENT,
    )


def copy_body(delivery: AbstractIncomingMessage, **headers: int | str) -> Message:
    """Copy body and ID only."""
    return Message(
        delivery.body,
        message_id=message_id_of(delivery),
        headers={**headers},
        delivery_mode=DeliveryMode.PERSISTENT,
    )


def message_id_of(delivery: AbstractIncomingMessage) -> str:
    """Return the ID as the commands show it; a new one if the message has none."""
    return _short(delivery.message_id) or str(uuid4())


def validated_sender(delivery: AbstractIncomingMessage, *, own_user: str | None) -> str | None:
    """Return the RabbitMQ user that published the message; None if the broker has not checked it.

    A copy by this service names the sender of the original in a header.
    """
    if own_user is None or delivery.user_id != own_user or SENDER not in delivery.headers:
        return delivery.user_id
    sender = delivery.headers[SENDER]
    return sender if sender and isinstance(sender, str) else None


def count_tries(delivery: AbstractIncomingMessage) -> int:
    tries = delivery.headers.get(TRIES)
    is_count = isinstance(tries, int) and not isinstance(tries, bool) and 0 <= tries <= MAX_TRIES
    return tries if is_count else 0  # type: ignore[return-value]


def describe_error(error: BaseException) -> str:
    """Describe an error in a text that is valid in a header."""
    text = f"{type(error).__name__}: {error}"[:ERROR_CHARACTERS]
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _short(text: str | None) -> str | None:
    """Escape the text and cut it to the length of a property."""
    if text is None:
        return None
    shown = printable(text, limit=_PROPERTY_BYTES)
    return shown.encode()[:_PROPERTY_BYTES].decode(errors="ignore")
