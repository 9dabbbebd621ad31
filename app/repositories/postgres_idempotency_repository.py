import json

from app.infrastructure.database.postgres_database import PostgresDatabase
from app.models.idempotency import AnsweredRequest, KeyedRequest, StoredAnswer

BATCH = 1000


class PostgresIdempotencyRepository:
    def __init__(self, *, database: PostgresDatabase) -> None:
        self._database = database

    async def claim(self, request: KeyedRequest) -> bool:
        row = await self._database.fetchrow(
            """
            SELECT pg_try_advisory_xact_lock(hashtextextended($1, hashtext($2))) AS is_mine
            """,
            request.key,
            request.caller,
        )
        return bool(row and row["is_mine"])

    async def find(self, request: KeyedRequest) -> AnsweredRequest | None:
        row = await self._database.fetchrow(
            """
            SELECT fingerprint, status, headers, body FROM idempotency_keys
            WHERE caller = $1 AND key = $2 AND created_at > now() - interval '24 hours'
            """,
            request.caller,
            request.key,
        )
        if row is None:
            return None
        answer = StoredAnswer(
            status=row["status"], headers=json.loads(row["headers"]), body=row["body"]
        )
        return AnsweredRequest(fingerprint=row["fingerprint"], answer=answer)

    async def add(self, request: KeyedRequest, answer: StoredAnswer) -> None:
        await self._database.execute(
            """
            INSERT INTO idempotency_keys (caller, key, fingerprint, status, headers, body)
            VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (caller, key) DO UPDATE SET
                fingerprint = excluded.fingerprint, status = excluded.status,
                headers = excluded.headers, body = excluded.body, created_at = now()
            """,
            request.caller,
            request.key,
            request.fingerprint,
            answer.status,
            json.dumps(answer.headers),
            answer.body,
        )

    async def remove_expired(self) -> int:
        """Forget what is older than 24 hours; returns how many.

        It goes by short statements, and waits for nobody who does the same.
        """
        removed = latest = await self._remove_some()
        while latest == BATCH:
            removed += (latest := await self._remove_some())
        return removed

    async def _remove_some(self) -> int:
        return await self._database.change(
            """
            WITH expired AS MATERIALIZED (
                SELECT caller, key FROM idempotency_keys
                WHERE created_at < now() - interval '24 hours'
                ORDER BY created_at LIMIT $1 FOR UPDATE SKIP LOCKED
            )
            DELETE FROM idempotency_keys USING expired
            WHERE idempotency_keys.caller = expired.caller
                AND idempotency_keys.key = expired.key
            """,
            BATCH,
        )
