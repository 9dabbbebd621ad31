from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from app.models.shared.event import Event
from app.models.shared.import_rows import StoredChange
from app.models.shared.imported_changes import ImportedChanges, RecordedChange
from app.ports.audit_trail import AuditEntry, AuditTrail
from app.ports.event_publisher import EventPublisher


class ImportChangeLog:
    """Records the changes of a batch as the API records single ones."""

    def __init__(
        self, *, resource: str, kinds: ImportedChanges, audit: AuditTrail, events: EventPublisher
    ) -> None:
        self._resource = resource
        self._kinds = kinds
        self._audit = audit
        self._events = events

    async def record(self, stored: Sequence[StoredChange]) -> None:
        """Write the audit entries and publish the events of these changes."""
        changes = [
            (change, recorded)
            for change in stored
            for recorded in self._kinds.changes_of(change.old, change.new)
        ]
        await self._audit.record_all(
            entry for change, recorded in changes for entry in self._entries(change, recorded)
        )
        await self._events.publish_all(
            event for change, recorded in changes for event in _events(change, recorded)
        )

    def _entries(self, change: StoredChange, recorded: RecordedChange) -> Iterator[AuditEntry]:
        resource = f"{self._resource}/{change.new.id}"
        kind = recorded.recorded_as
        yield AuditEntry(action=kind.action, resource=resource, changes=recorded.changes)
        for action, applies in kind.also.items():
            if applies(change.old, change.new):
                yield AuditEntry(action=action, resource=resource, changes=recorded.changes)


def _events(change: StoredChange, recorded: RecordedChange) -> Iterator[Event]:
    kind = recorded.recorded_as.event
    if kind is not None:
        yield Event(
            kind=kind,
            entity_id=change.new.id,
            version=recorded.version,
            changes=recorded.changes,
            occurred_at=datetime.now(UTC),
        )
