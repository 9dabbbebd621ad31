from typing import Any

from app.infrastructure.messaging.message import OutgoingMessage
from app.infrastructure.messaging.outbox import current_outbox
from app.models.event import UrgencyLevel


async def send_to_microservice(
    *,
    to_service: str,
    from_service: str,
    method: str,
    message: dict[str, Any],
    urgency: str = UrgencyLevel.MEDIUM,
) -> bool:
    """Hand a message over for delivery to the queue of `to_service` (a URL).

    True: durably accepted, in the caller's transaction if there is one, and delivered at least
    once after that is committed. False: messaging is disabled. Raises ValueError if the URL or
    the urgency is none or the message has over a MiB, UnavailableError when the database is away,
    and LookupError outside of a request or a message's handler.
    """
    outgoing = OutgoingMessage.make(
        to_service=to_service,
        from_service=from_service,
        method=method,
        payload=message,
        urgency=UrgencyLevel(urgency),
    )
    return await current_outbox.get().add(outgoing)
