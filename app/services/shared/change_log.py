from typing import TypeVar

from app.models.shared.event import EventKind, build_event
from app.models.shared.record import StoredRecord, changes_between, current_or_last
from app.ports.audit_trail import AuditEntry, AuditTrail
from app.ports.event_publisher import EventPublisher

R = TypeVar("R", bound=StoredRecord)


class ChangeLog:
    """Records the changes of one resource, in the transaction that makes them."""

    def __init__(self, *, resource: str, audit: AuditTrail, events: EventPublisher) -> None:
        self._resource = resource
        self._audit = audit
        self._events = events

    async def record(
        self, action: str, old: R | None, new: R | None, *, event: EventKind | None = None
    ) -> None:
        """Write an audit entry, and publish `event` if given."""
        resource = f"{self._resource}/{current_or_last(old, new).id}"
        entry = AuditEntry(action=action, resource=resource, changes=changes_between(old, new))
        await self._audit.record(entry)
        if event is not None:
            await self._events.publish(build_event(event, old, new))
