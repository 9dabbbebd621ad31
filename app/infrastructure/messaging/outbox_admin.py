"""What an operator, and time, do to the outbox."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from app.infrastructure.database.postgres_database import PostgresDatabase

State = Literal["pending", "published", "dead"]

BATCH = 1000
KEPT_AFTER_PUBLISHING = "24 hours"

_IS = {
    "pending": "published_at IS NULL AND dead_at IS NULL",
    "published": "published_at IS NOT NULL",
    "dead": "dead_at IS NOT NULL",
}


@dataclass(frozen=True, kw_only=True)
class OutboxRow:
    id: UUID
    to_service: str
    queue: str
    priority: int
    created_at: datetime
    due_at: datetime
    attempts: int
    last_error: str | None


class OutboxAdmin:
    def __init__(self, *, database: PostgresDatabase) -> None:
        self._database = database

    async def list(self, state: State, *, limit: int) -> list[OutboxRow]:
        """Give the oldest first."""
        records = await self._database.fetch(
            f"""
            SELECT id, to_service, queue, priority, created_at, due_at, attempts, last_error
            FROM outbox WHERE {_IS[state]} ORDER BY position LIMIT $1
            """,  # noqa: S608 - constants of this file
            limit,
        )
        return [OutboxRow(**record) for record in records]

    async def redrive(self, ids: Collection[UUID] | None) -> int:
        """Have dead messages tried again as if they were new: these, or all (None)."""
        return await self._database.change(
            """
            UPDATE outbox SET dead_at = NULL, attempts = 0, due_at = now()
            WHERE dead_at IS NOT NULL AND ($1::uuid[] IS NULL OR id = ANY($1))
            """,
            ids and list(ids),
        )

    async def purge(self, ids: Collection[UUID] | None) -> int:
        """Remove dead messages for good: these, or all (None)."""
        return await self._database.change(
            """
            DELETE FROM outbox
            WHERE dead_at IS NOT NULL AND ($1::uuid[] IS NULL OR id = ANY($1))
            """,
            ids and list(ids),
        )

    async def remove_published(self) -> int:
        """Remove what was published a day ago, a bounded number at a time."""
        removed = 0
        while some := await self._remove_some_published():
            removed += some
        return removed

    async def _remove_some_published(self) -> int:
        return await self._database.change(
            f"""
            WITH old AS MATERIALIZED (
                SELECT id FROM outbox
                WHERE published_at < now() - interval '{KEPT_AFTER_PUBLISHING}'
                ORDER BY published_at LIMIT $1 FOR UPDATE SKIP LOCKED
            )
            DELETE FROM outbox USING old WHERE outbox.id = old.id
            """,  # noqa: S608 - constants of this file
            BATCH,
        )
