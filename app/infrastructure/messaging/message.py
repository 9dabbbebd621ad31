"""A message as it leaves this service."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self
from uuid import UUID, uuid4

from app.infrastructure.messaging.queues import PRIORITIES
from app.models.event import UrgencyLevel
from app.utils.json_text import to_json
from app.utils.queue_names import queue_of
from app.utils.request_context import request_id, traceparent

MAX_MESSAGE_BYTES = 1_048_576


@dataclass(frozen=True, kw_only=True)
class OutgoingMessage:
    """What is to be published: the body is made once, so that every try sends the same."""

    id: UUID
    queue: str
    priority: int
    from_service: str
    to_service: str
    body: bytes
    headers: dict[str, str]
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @classmethod
    def make(
        cls,
        *,
        to_service: str,
        from_service: str,
        method: str,
        payload: dict[str, Any],
        urgency: UrgencyLevel,
    ) -> Self:
        """Raise ValueError if it cannot be sent: no URL, or larger than receivers accept."""
        identifier, now = uuid4(), datetime.now(UTC)
        body = to_json(
            {
                "from_service": from_service,
                "to_service": to_service,
                "method": method,
                "payload": payload,
                "urgency": urgency,
                "timestamp": now,
                "id": identifier,
            }
        )
        if len(body) > MAX_MESSAGE_BYTES:
            raise ValueError(f"A message has at most {MAX_MESSAGE_BYTES} bytes")
        return cls(
            id=identifier,
            queue=queue_of(to_service),
            priority=PRIORITIES[urgency],
            from_service=from_service,
            to_service=to_service,
            body=body,
            headers=_context_headers(),
            created_at=now,
        )


def _context_headers() -> dict[str, str]:
    """Carry on what log lines and traces of this request are found by."""
    values = {"x-request-id": request_id.get(), "traceparent": traceparent.get()}
    return {name: value for name, value in values.items() if value is not None}
