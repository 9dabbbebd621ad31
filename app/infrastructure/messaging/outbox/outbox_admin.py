"""Administration of the outbox: list, redrive and purge messages, remove old ones."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from app.infrastructure.database.postgres_database import PostgresDatabase
from app.infrastructure.messaging.broker.headers import REDRIVEN

State = Literal["pending", "published", "dead"]

BATCH_ROWS = 1000
PUBLISHED_RETENTION = "24 hours"

_CONDITIONS = {
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
        """List the oldest messages first."""
        records = await self._database.fetch(
            f"""
            SELECT id, to_service, queue, priority, created_at, due_at, attempts, last_error
            FROM outbox WHERE {_CONDITIONS[state]} ORDER BY position LIMIT $1
            """,  # noqa: S608 - constants of this file
            limit,
        )
        return [OutboxRow(**record) for record in records]

    async def count_dead(self) -> int:
        row = await self._database.fetchrow("SELECT count(*) FROM outbox WHERE dead_at IS NOT NULL")
        return row["count"] if row else 0

    async def redrive(self, ids: Collection[UUID] | None) -> int:
        """Make dead messages pending again, with their attempts reset: those of `ids`, or all."""
        return await self._database.change_rows(
            """
            UPDATE outbox
            SET dead_at = NULL, attempts = 0, due_at = now(),
                headers = headers || jsonb_build_object($2::text, '1')
            WHERE dead_at IS NOT NULL AND ($1::uuid[] IS NULL OR id = ANY($1))
            """,
            ids and list(ids),
            REDRIVEN,
        )

    async def purge(self, ids: Collection[UUID] | None) -> int:
        """Delete dead messages: those of `ids`, or all."""
        return await self._database.change_rows(
            """
            DELETE FROM outbox
            WHERE dead_at IS NOT NULL AND ($1::uuid[] IS NULL OR id = ANY($1))
            """,
            ids and list(ids),
        )

    async def remove_published(self) -> int:
        """Delete messages published more than PUBLISHED_RETENTION ago, in batches."""
        removed = 0
        while count := await self._remove_batch():
            removed += count
        return removed

    async def _remove_batch(self) -> int:
        return await self._database.change_rows(
            f"""
            WITH old AS MATERIALIZED (
                SELECT id FROM outbox
                WHERE published_at < now() - interval '{PUBLISHED_RETENTION}'
                ORDER BY published_at LIMIT $1 FOR UPDATE SKIP LOCKED
            )
            DELETE FROM outbox USING old WHERE outbox.id = old.id
            """,  # noqa: S608 - constants of this file
            BATCH_ROWS,
        )
