"""The relay's side of the outbox: which rows it has, and what became of them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from app.infrastructure.database.postgres_database import PostgresDatabase
from app.infrastructure.messaging.message import OutgoingMessage
from app.utils.json_text import object_from_json

# Of the bodies of one claim: some large messages must not fill the memory.
CLAIMED_BYTES = 8 * 1_048_576


@dataclass(frozen=True, kw_only=True)
class Retrying:
    """A failed message waits `first_seconds`, twice as long each time, and at last is dead.

    `lease_seconds` are longer than one batch can take, so that no row is claimed twice at a time;
    the messages of a queue that is refused wait `parking_seconds` without being tried.
    """

    first_seconds: float = 1.0
    most_seconds: float = 300.0
    attempts: int = 10
    lease_seconds: float = 60.0
    parking_seconds: float = 30.0


class OutboxLeases:
    """No transaction is held while anything is published: a claim ends by itself."""

    def __init__(self, *, database: PostgresDatabase, retrying: Retrying) -> None:
        self._database = database
        self._retrying = retrying

    async def claim(
        self, limit: int, *, parked: Collection[str] = (), priority: int | None = None
    ) -> list[OutgoingMessage]:
        """Take what is due, the most urgent first; only one priority if that is given.

        Those for `parked` queues are put off and are not to be published. They are not left
        where they are, or every claim would have to step over all of them.
        """
        records = await self._database.fetch(
            """
            WITH due AS MATERIALIZED (
                SELECT id, priority, due_at, position, octet_length(body) AS size FROM outbox
                WHERE published_at IS NULL AND dead_at IS NULL AND due_at <= now()
                    AND ($2::smallint IS NULL OR priority = $2)
                ORDER BY priority DESC, due_at, position
                LIMIT $1
                FOR UPDATE SKIP LOCKED
            ), ordered AS (
                SELECT id, row_number() OVER due AS number, sum(size) OVER due - size AS before
                FROM due WINDOW due AS (ORDER BY priority DESC, due_at, position)
            )
            UPDATE outbox
            SET due_at = now() + make_interval(
                secs => CASE WHEN queue = ANY($3) THEN $4::float8 ELSE $5::float8 END
            )
            FROM ordered WHERE outbox.id = ordered.id AND before < $6
            RETURNING outbox.id, queue, priority, from_service, to_service, headers, body,
                created_at, number
            """,
            limit,
            priority,
            list(parked),
            self._retrying.parking_seconds,
            self._retrying.lease_seconds,
            CLAIMED_BYTES,
        )
        records.sort(key=lambda record: record["number"])
        return [_message(record) for record in records]

    async def published(self, ids: Collection[UUID]) -> None:
        await self._database.execute(
            "UPDATE outbox SET published_at = now(), last_error = NULL WHERE id = ANY($1)",
            list(ids),
        )

    async def failed(self, errors: Mapping[UUID, str]) -> int:
        """Count a try that the destination refused; returns how many rows that made dead."""
        records = await self._database.fetch(
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
            RETURNING dead_at
            """,
            list(errors),
            list(errors.values()),
            self._retrying.attempts,
            self._retrying.first_seconds,
            self._retrying.most_seconds,
        )
        return sum(record["dead_at"] is not None for record in records)

    async def released(self, ids: Collection[UUID]) -> None:
        """Give back, to its old place, what was not tried or may or may not have been published."""
        await self._database.execute(
            "UPDATE outbox SET due_at = least(created_at, now()) WHERE id = ANY($1)", list(ids)
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
