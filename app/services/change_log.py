from typing import TypeVar

from app.infrastructure.logging.audit_trail import AuditEntry, AuditTrail
from app.infrastructure.messaging.event_publisher import EventPublisher
from app.models.event import EventKind, event_about
from app.models.record import StoredRecord, changes_between, newest

R = TypeVar("R", bound=StoredRecord)


class ChangeLog:
    """Writes down what is done to the records of one resource, in the transaction that does it."""

    def __init__(self, *, resource: str, audit: AuditTrail, events: EventPublisher) -> None:
        self._resource = resource
        self._audit = audit
        self._events = events

    async def record(
        self, action: str, old: R | None, new: R | None, *, announce: EventKind | None = None
    ) -> None:
        """Audit the change, and tell it to other services if it is an event to them."""
        resource = f"{self._resource}/{newest(old, new).id}"
        entry = AuditEntry(action=action, resource=resource, changes=changes_between(old, new))
        await self._audit.record(entry)
        if announce is not None:
            await self._events.publish(event_about(announce, old, new))
