"""Stored entries of the audit trail, as auditors read them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.models.shared.listing import Position


@dataclass(frozen=True, kw_only=True)
class AuditRecord:
    """One change: its user, its request, and each field from what to what.

    `changes` is `{field: {"old", "new"}}`; that of an import as a whole has its counts.
    """

    id: int
    occurred_at: datetime
    request_id: str | None
    user_id: str
    role: str
    client_ip: str | None
    action: str
    resource: str
    changes: dict[str, Any]

    @property
    def position(self) -> Position:
        return self.occurred_at, self.id


@dataclass(frozen=True, kw_only=True)
class AuditPage:
    """May have fewer records than were asked for; `next_position` is None on the last page."""

    records: tuple[AuditRecord, ...]
    next_position: Position | None
