"""The relay's side of the outbox: which rows it has, and what became of them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from app.infrastructure.database.postgres_database import PostgresDatabase
from app.infrastructure.messaging.message import OutgoingMessage
from app.utils.json_text import object_from_json

# Longer than one batch can take, so that no row is claimed twice at a time.
LEASE_SECONDS = 30


@dataclass(frozen=True, kw_only=True)
class Retrying:
    """A failed message waits `first_seconds`, twice as long each time, and at last is dead."""

    first_seconds: float = 1.0
    most_seconds: float = 300.0
    attempts: int = 10


class OutboxLeases:
    """No transaction is held while anything is published: a claim ends by itself."""

    def __init__(self, *, database: PostgresDatabase, retrying: Retrying) -> None:
        self._database = database
        self._retrying = retrying

    async def claim(
        self, limit: int, *, except_queues: Collection[str] = (), priority: int | None = None
    ) -> list[OutgoingMessage]:
        """Take what is due, the most urgent first; only one priority if that is given."""
        records = await self._database.fetch(
            """
            WITH due AS MATERIALIZED (
                SELECT id FROM outbox
                WHERE published_at IS NULL AND dead_at IS NULL AND due_at <= now()
                    AND queue <> ALL($2) AND ($3::smallint IS NULL OR priority = $3)
                ORDER BY priority DESC, position
                LIMIT $1
                FOR UPDATE SKIP LOCKED
            )
            UPDATE outbox SET due_at = now() + make_interval(secs => $4)
            FROM due WHERE outbox.id = due.id
            RETURNING outbox.id, queue, priority, from_service, to_service, headers, body,
                created_at, position
            """,
            limit,
            list(except_queues),
            priority,
            LEASE_SECONDS,
        )
        records.sort(key=lambda record: (-record["priority"], record["position"]))
        return [_message(record) for record in records]

    async def published(self, ids: Collection[UUID]) -> None:
        await self._database.execute(
            "UPDATE outbox SET published_at = now(), last_error = NULL WHERE id = ANY($1)",
            list(ids),
        )

    async def failed(self, errors: Mapping[UUID, str]) -> None:
        """Count a try that the destination refused; the last one makes the row dead."""
        await self._database.execute(
            """
            UPDATE outbox
            SET attempts = attempts + 1,
                last_error = failure.error,
                dead_at = CASE WHEN attempts + 1 >= $3 THEN now() END,
                due_at = now() + make_interval(
                    secs => (0.5 + random()) * least($4 * 2 ^ attempts, $5)
                )
            FROM unnest($1::uuid[], $2::text[]) AS failure (id, error)
            WHERE outbox.id = failure.id
            """,
            list(errors),
            list(errors.values()),
            self._retrying.attempts,
            self._retrying.first_seconds,
            self._retrying.most_seconds,
        )

    async def released(self, ids: Collection[UUID]) -> None:
        """Give back what may or may not have been published: the broker went away."""
        await self._database.execute(
            "UPDATE outbox SET due_at = now() WHERE id = ANY($1)", list(ids)
        )


def _message(record: asyncpg.Record) -> OutgoingMessage:
    created_at: datetime = record["created_at"]
    return OutgoingMessage(
        id=record["id"],
        queue=record["queue"],
        priority=record["priority"],
        from_service=record["from_service"],
        to_service=record["to_service"],
        headers=object_from_json(record["headers"].encode()),
        body=record["body"],
        created_at=created_at,
    )
