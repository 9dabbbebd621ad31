"""What other services are told, and how urgently."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from app.models.record import Changes, StoredRecord, changes_between, newest


class UrgencyLevel(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


@dataclass(frozen=True, kw_only=True)
class EventKind:
    """`name` is `subject.what_happened`; `tells` are the fields whose changes the event carries."""

    name: str
    urgency: UrgencyLevel
    tells: tuple[str, ...]

    @property
    def subject(self) -> str:
        return self.name.partition(".")[0]


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something happened to a record; `version` lets receivers drop what they have overtaken."""

    kind: EventKind
    subject_id: int
    version: int
    changes: Changes
    occurred_at: datetime

    def payload(self) -> dict[str, Any]:
        told = {name: change for name, change in self.changes.items() if name in self.kind.tells}
        return {
            "event": self.kind.name,
            f"{self.kind.subject}_id": self.subject_id,
            "version": self.version,
            **told,
            "occurred_at": self.occurred_at,
        }


def event_about(kind: EventKind, old: StoredRecord | None, new: StoredRecord | None) -> Event:
    record = newest(old, new)
    return Event(
        kind=kind,
        subject_id=record.id,
        # A removal comes after every change that was made.
        version=record.version if new else record.version + 1,
        changes=changes_between(old, new),
        occurred_at=datetime.now(UTC),
    )
