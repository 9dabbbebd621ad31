"""Table `inbox`: IDs of handled messages."""

from app.infrastructure.database.postgres_database import PostgresDatabase

BATCH_ROWS = 1000


class Inbox:
    """Records handled messages, so that a redelivery has no second effect."""

    def __init__(self, *, database: PostgresDatabase, retention_days: int) -> None:
        self._database = database
        self._retention_days = retention_days

    async def claim(self, receiver: str, message_id: str) -> bool:
        """Record the message in the caller's transaction; returns False for a duplicate."""
        record = await self._database.fetchrow(
            """
            INSERT INTO inbox (receiver, message_id) VALUES ($1, $2)
            ON CONFLICT DO NOTHING RETURNING true
            """,
            receiver,
            message_id,
        )
        return record is not None

    async def remove_old(self) -> None:
        """Delete records older than `retention_days`, in batches; 0 keeps them for ever."""
        while self._retention_days and await self._remove_batch():
            pass

    async def _remove_batch(self) -> int:
        return await self._database.change_rows(
            """
            WITH old AS MATERIALIZED (
                SELECT receiver, message_id FROM inbox
                WHERE handled_at < now() - make_interval(days => $2)
                ORDER BY handled_at LIMIT $1 FOR UPDATE SKIP LOCKED
            )
            DELETE FROM inbox USING old
            WHERE (inbox.receiver, inbox.message_id) = (old.receiver, old.message_id)
            """,
            BATCH_ROWS,
            self._retention_days,
        )
