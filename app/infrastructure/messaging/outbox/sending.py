from typing import Any

from app.infrastructure.messaging.outbox.outbox import current_outbox
from app.infrastructure.messaging.outbox.outgoing_message import OutgoingMessage
from app.models.shared.event import UrgencyLevel


async def send_to_microservice(
    *,
    to_service: str,
    from_service: str,
    method: str,
    message: dict[str, Any],
    urgency: str = UrgencyLevel.MEDIUM,
) -> bool:
    """Send a message to the queue of `to_service` (a URL).

    Returns True when the message is stored, in the caller's transaction if there is one; it is
    delivered at least once after the commit. Returns False where messaging is disabled. Raises
    ValueError for an invalid URL or urgency or a message over 1 MiB, UnavailableError when the
    database is unavailable, and LookupError outside a request or a message handler.
    """
    outgoing = OutgoingMessage.create(
        to_service=to_service,
        from_service=from_service,
        method=method,
        payload=message,
        urgency=UrgencyLevel(urgency),
    )
    return await current_outbox.get().add(outgoing)
