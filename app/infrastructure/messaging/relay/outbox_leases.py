"""Claim rows of the outbox for a relay, which publishes them before its lease ends."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from app.exceptions.base import UnavailableError
from app.infrastructure.database.postgres_database import PostgresDatabase
from app.infrastructure.messaging.outbox.outgoing_message import OutgoingMessage
from app.utils.json_text import object_from_json

# Limit for the bodies of one claim, so that large messages do not exhaust the memory.
MAX_CLAIM_BYTES = 8 * 1_048_576


@dataclass(frozen=True, kw_only=True)
class OutboxRetryPolicy:
    """Retries of refused messages: the delay doubles up to its maximum; then the message is dead.

    A lease of `lease_seconds` is renewed while its batch is published, so that no two relays hold
    one row. The rows of a killed relay are due again when it ends.
    Messages for a refused queue wait `queue_pause_seconds`, without an attempt.
    """

    first_delay_seconds: float = 1.0
    max_delay_seconds: float = 300.0
    attempts: int = 10
    lease_seconds: float = 10.0
    queue_pause_seconds: float = 30.0

    @property
    def renewal_seconds(self) -> float:
        """Three attempts before the lease ends."""
        return self.lease_seconds / 4


class OutboxLeases:
    """Claims rows for a limited time, the lease, and records the outcome of their publication.

    A claim moves `due_at` into the future, so its lease expires by itself, without a transaction.
    """

    def __init__(self, *, database: PostgresDatabase, retry_policy: OutboxRetryPolicy) -> None:
        self._database = database
        self._retry_policy = retry_policy

    async def claim(
        self, limit: int, *, paused_queues: Collection[str] = (), priority: int | None = None
    ) -> list[OutgoingMessage]:
        """Claim due messages, highest priority first; only those of `priority` if it is given.

        Messages for `paused_queues` are returned too, but postponed: do not publish them. If they
        stayed due, every claim would scan all of them.
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
            list(paused_queues),
            self._retry_policy.queue_pause_seconds,
            self._retry_policy.lease_seconds,
            MAX_CLAIM_BYTES,
        )
        records.sort(key=lambda record: record["number"])
        return [_message(record) for record in records]

    @asynccontextmanager
    async def keep(self, ids: Collection[UUID]) -> AsyncIterator[None]:
        """Renew the lease of claimed messages until the block ends."""
        is_done = asyncio.Event()
        renewing = asyncio.create_task(self._renew_until(is_done, list(ids)))
        try:
            yield
            is_done.set()
            # To its end: cancelling a statement would cost its connection, and a renewal after the
            # outcome is recorded would postpone what has been released.
            await renewing
        finally:
            renewing.cancel()

    async def _renew_until(self, is_done: asyncio.Event, ids: list[UUID]) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._retry_policy.renewal_seconds):
                    await is_done.wait()
                return
            # During an outage the lease ends, and the messages are sent again with the same IDs.
            with suppress(UnavailableError):
                await self._database.execute(
                    "UPDATE outbox SET due_at = now() + make_interval(secs => $2::float8)"
                    " WHERE id = ANY($1)",
                    ids,
                    self._retry_policy.lease_seconds,
                )

    async def mark_published(self, ids: Collection[UUID]) -> None:
        await self._database.execute(
            "UPDATE outbox SET published_at = now(), last_error = NULL WHERE id = ANY($1)",
            list(ids),
        )

    async def record_failures(self, errors: Mapping[UUID, str]) -> int:
        """Count a refused attempt for each message; return how many of them are dead now."""
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
            self._retry_policy.attempts,
            self._retry_policy.first_delay_seconds,
            self._retry_policy.max_delay_seconds,
        )
        return sum(record["dead_at"] is not None for record in records)

    async def release(self, ids: Collection[UUID]) -> None:
        """Make messages due again, in their old order, without counting an attempt."""
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
