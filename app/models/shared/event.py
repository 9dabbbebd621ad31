"""Events that are published to other services."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from app.models.shared.record import Changes, StoredRecord, changes_between, current_or_last


class UrgencyLevel(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


@dataclass(frozen=True, kw_only=True)
class EventKind:
    """Type of event: `name` is `entity.verb`, such as `order.created`.

    The payload contains the changes of `payload_fields` only.
    """

    name: str
    urgency: UrgencyLevel
    payload_fields: tuple[str, ...]

    @property
    def entity(self) -> str:
        return self.name.partition(".")[0]


@dataclass(frozen=True, kw_only=True)
class Event:
    """A change of a record; receivers use `version` to discard outdated events."""

    kind: EventKind
    entity_id: int
    version: int
    changes: Changes
    occurred_at: datetime

    def payload(self) -> dict[str, Any]:
        changes = {
            name: change
            for name, change in self.changes.items()
            if name in self.kind.payload_fields
        }
        return {
            "event": self.kind.name,
            f"{self.kind.entity}_id": self.entity_id,
            "version": self.version,
            **changes,
            "occurred_at": self.occurred_at,
        }


def build_event(kind: EventKind, old: StoredRecord | None, new: StoredRecord | None) -> Event:
    record = current_or_last(old, new)
    return Event(
        kind=kind,
        entity_id=record.id,
        # A removal follows the last version of the record.
        version=record.version if new else record.version + 1,
        changes=changes_between(old, new),
        occurred_at=datetime.now(UTC),
    )
