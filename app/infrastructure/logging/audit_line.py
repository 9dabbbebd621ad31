from datetime import UTC, datetime
from typing import Any

from app.infrastructure.logging.audit_trail import Actor, AuditEntry


def audit_line(actor: Actor, entry: AuditEntry, *, outcome: int) -> dict[str, Any]:
    """Make a line of the audit log for what no HTTP request has done; `outcome` is a status."""
    return {
        "timestamp": datetime.now(UTC),
        "request_id": actor.request_id,
        "actor": {"user_id": actor.user_id, "role": actor.role},
        "client_ip": actor.client_ip,
        "action": entry.action,
        "resource": entry.resource,
        "outcome": outcome,
        "changes": entry.changes,
    }
