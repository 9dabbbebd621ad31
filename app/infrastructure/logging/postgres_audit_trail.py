from collections.abc import Callable
from functools import partial

from app.infrastructure.database.postgres_database import PostgresDatabase
from app.infrastructure.logging.audit_trail import Actor, AuditEntry
from app.utils.json_text import to_json


class PostgresAuditTrail:
    """Rows of `audit_log`; `announce` hears of each entry once it is committed."""

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
        await self._database.execute(
            """
            INSERT INTO audit_log
                (request_id, user_id, role, client_ip, action, resource, changes)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            """,
            self._actor.request_id,
            self._actor.user_id,
            self._actor.role,
            self._actor.client_ip,
            entry.action,
            entry.resource,
            to_json(entry.changes).decode(),
        )
        self._database.after_commit(partial(self._announce, entry))
