from datetime import UTC, datetime
from typing import Any

from app.models.shared.principal import Principal
from app.ports.audit_trail import Actor, AuditEntry


def audit_line(
    entry: AuditEntry,
    *,
    actor: Actor | Principal | None,
    outcome: int,
    request_id: str | None,
    client_ip: str | None = None,
) -> dict[str, Any]:
    """Build a line of the audit log; `outcome` is an HTTP status, also for messages and imports."""
    return {
        "timestamp": datetime.now(UTC),
        "request_id": request_id,
        "actor": actor and {"user_id": actor.user_id, "role": actor.role},
        "client_ip": client_ip,
        "action": entry.action,
        "resource": entry.resource,
        "outcome": outcome,
        "changes": entry.changes,
    }
