from collections.abc import Callable, Iterable
from functools import partial

from app.infrastructure.database.postgres_database import PostgresDatabase
from app.ports.audit_trail import Actor, AuditEntry
from app.utils.json_text import to_json

COPY_TIMEOUT_SECONDS = 120

_COLUMNS = ("request_id", "user_id", "role", "client_ip", "action", "resource", "changes")
_INSERT = f"""
    INSERT INTO audit_log ({", ".join(_COLUMNS)}) SELECT $1, $2, $3, $4, $5, $6, $7::jsonb
"""


class PostgresAuditTrail:
    """Inserts entries into `audit_log`; calls `announce` with each entry that is committed."""

    def __init__(
        self,
        *,
        database: PostgresDatabase,
        actor: Actor,
        announce: Callable[[AuditEntry], None],
    ) -> None:
        self._database = database
        self._actor = actor
        self._announce = announce

    async def record(self, entry: AuditEntry) -> None:
        await self._database.insert_along(_INSERT, [self._row(entry)])
        self._database.after_commit(partial(self._announce, entry))

    async def has_entry(self, resource: str) -> bool:
        """Return whether an entry of the actor's request about this resource is stored."""
        found = await self._database.fetchrow(
            "SELECT FROM audit_log WHERE resource = $1 AND request_id = $2 LIMIT 1",
            resource,
            self._actor.request_id,
        )
        return found is not None

    async def record_all(self, entries: Iterable[AuditEntry]) -> None:
        await self._database.use_connection(
            lambda connection: connection.copy_records_to_table(
                "audit_log",
                records=map(self._row, entries),
                columns=_COLUMNS,
                timeout=COPY_TIMEOUT_SECONDS,
            )
        )

    def _row(self, entry: AuditEntry) -> tuple[str | None, ...]:
        return (
            self._actor.request_id,
            self._actor.user_id,
            self._actor.role,
            self._actor.client_ip,
            entry.action,
            entry.resource,
            to_json(entry.changes).decode(),
        )
