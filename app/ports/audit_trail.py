"""Port for the audit trail of changes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, kw_only=True)
class Actor:
    """User, service or command on whose behalf a change is made."""

    user_id: str
    role: str
    client_ip: str | None = None
    request_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class AuditEntry:
    action: str
    resource: str
    changes: Mapping[str, Any]


class AuditTrail(Protocol):
    async def record(self, entry: AuditEntry) -> None:
        """Store the entry in the caller's transaction, so that both commit or neither."""
        ...

    async def record_all(self, entries: Iterable[AuditEntry]) -> None:
        """Store many entries as `record` does, in one statement; they are not logged."""
        ...
