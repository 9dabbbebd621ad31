"""The port through which services say what they changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, kw_only=True)
class Actor:
    """On whose behalf something is done."""

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
        """Keep the entry, in the caller's transaction: both are committed or neither."""
        ...
