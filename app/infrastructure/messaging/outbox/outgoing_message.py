"""Message to another service."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self
from uuid import UUID, uuid4

from app.infrastructure.messaging.broker.queues import PRIORITIES
from app.models.shared.event import UrgencyLevel
from app.utils.json_text import to_json
from app.utils.queue_names import queue_name_for_url
from app.utils.request_context import request_id, trace_headers

MAX_MESSAGE_BYTES = 1_048_576


@dataclass(frozen=True, kw_only=True)
class OutgoingMessage:
    """A message whose body is built once, so that every attempt sends the same bytes."""

    id: UUID
    queue: str
    priority: int
    from_service: str
    to_service: str
    body: bytes
    headers: dict[str, str]
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @classmethod
    def create(
        cls,
        *,
        to_service: str,
        from_service: str,
        method: str,
        payload: dict[str, Any],
        urgency: UrgencyLevel,
    ) -> Self:
        """Raise ValueError for an invalid URL, or a message larger than receivers accept."""
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
            queue=queue_name_for_url(to_service),
            priority=PRIORITIES[urgency],
            from_service=from_service,
            to_service=to_service,
            body=body,
            headers=_context_headers(),
            created_at=now,
        )


def _context_headers() -> dict[str, str]:
    """Pass on the request ID and the trace context of the running request."""
    identifier = request_id.get()
    own = {} if identifier is None else {"x-request-id": identifier}
    return own | trace_headers()
