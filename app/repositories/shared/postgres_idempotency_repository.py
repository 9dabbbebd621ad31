import json

from app.infrastructure.database.postgres_database import PostgresDatabase
from app.models.shared.idempotency import CompletedRequest, IdempotentRequest, StoredResponse

DELETE_BATCH_ROWS = 1000


_INSERT = """
    INSERT INTO idempotency_keys (caller, key, fingerprint, status, headers, body)
    SELECT $1, $2, $3::bytea, $4::smallint, $5::jsonb, $6::bytea
"""
_REPLACE = f"""
    {_INSERT}
    ON CONFLICT (caller, key) DO UPDATE SET
        fingerprint = excluded.fingerprint, status = excluded.status,
        headers = excluded.headers, body = excluded.body, created_at = now()
"""


class PostgresIdempotencyRepository:
    """Stores the responses in `idempotency_keys`.

    Without locks nothing is claimed. The primary key refuses the response of a second request;
    after this and after every other failure, claim and search are repeated with locks.
    """

    def __init__(self, *, database: PostgresDatabase) -> None:
        self._database = database

    async def claim(self, request: IdempotentRequest) -> bool:
        if not self._database.holds_locks:
            self._database.proceed_without_lock()
            return True
        row = await self._database.fetchrow(
            """
            SELECT pg_try_advisory_xact_lock(hashtextextended($1, hashtext($2))) AS is_mine
            """,
            request.key,
            request.caller,
        )
        return bool(row and row["is_mine"])

    async def find(self, request: IdempotentRequest) -> CompletedRequest | None:
        row = await self._database.peek(
            """
            SELECT fingerprint, status, headers, body FROM idempotency_keys
            WHERE caller = $1 AND key = $2 AND created_at > now() - interval '24 hours'
            """,
            request.caller,
            request.key,
        )
        if row is None:
            return None
        response = StoredResponse(
            status=row["status"], headers=json.loads(row["headers"]), body=row["body"]
        )
        return CompletedRequest(fingerprint=row["fingerprint"], response=response)

    async def add(self, request: IdempotentRequest, response: StoredResponse) -> None:
        row = (
            request.caller,
            request.key,
            request.fingerprint,
            response.status,
            json.dumps(response.headers),
            response.body,
        )
        sql = _REPLACE if self._database.holds_locks else _INSERT
        await self._database.insert_along(sql, [row])

    async def remove_expired(self) -> int:
        """Delete responses older than 24 hours; return their number.

        Deletes in short batches and skips rows that another process is deleting.
        """
        removed = latest = await self._remove_batch()
        while latest == DELETE_BATCH_ROWS:
            removed += (latest := await self._remove_batch())
        return removed

    async def _remove_batch(self) -> int:
        return await self._database.change_rows(
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
            DELETE_BATCH_ROWS,
        )
