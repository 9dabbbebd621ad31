from app.infrastructure.database.postgres_database import PostgresDatabase

# Longer than any copy of a message can be under way.
KEPT = "30 days"
BATCH = 1000


class Inbox:
    """Remembers which messages have been handled, so that a redelivery has no second effect."""

    def __init__(self, *, database: PostgresDatabase) -> None:
        self._database = database

    async def claim(self, receiver: str, message_id: str) -> bool:
        """Return whether it is new; it is remembered if the caller's transaction commits."""
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
        """Forget what was handled long ago, a bounded number at a time."""
        while await self._remove_some():
            pass

    async def _remove_some(self) -> int:
        return await self._database.change(
            f"""
            WITH old AS MATERIALIZED (
                SELECT receiver, message_id FROM inbox
                WHERE handled_at < now() - interval '{KEPT}'
                ORDER BY handled_at LIMIT $1 FOR UPDATE SKIP LOCKED
            )
            DELETE FROM inbox USING old
            WHERE (inbox.receiver, inbox.message_id) = (old.receiver, old.message_id)
            """,  # noqa: S608 - constants of this file
            BATCH,
        )
