import logging

from app.infrastructure.database.postgres_database import PostgresDatabase

BATCH_ROWS = 1000

logger = logging.getLogger(__name__)


class AuditRetention:
    """Removes old rows of `audit_log`, in the order in which they were inserted.

    The primary key is the only index that this needs.
    """

    def __init__(self, *, database: PostgresDatabase, days: int) -> None:
        self._database = database
        self._days = days

    async def remove_old(self) -> int:
        """Delete rows older than `days`, in short batches; return their number.

        A role that may only add rows deletes none.
        """
        if not await self.may_remove():
            logger.warning(
                "AUDIT_RETENTION_DAYS: the database role of the service may not delete audit rows;"
                " run `python -m app purge-audit` as their owner"
            )
            return 0
        removed, newest = 0, 0
        while ids := await self._remove_batch(after=newest):
            removed += len(ids)
            newest = max(ids)
        return removed

    async def may_remove(self) -> bool:
        """Return whether the role of this connection may delete rows."""
        # To lock a row, as below, takes the right to update it.
        found = await self._database.fetchrow(
            """
            SELECT has_table_privilege('audit_log', 'UPDATE')
                AND has_table_privilege('audit_log', 'DELETE') AS may_remove
            """
        )
        return found is not None and bool(found["may_remove"])

    async def _remove_batch(self, *, after: int) -> list[int]:
        """Delete those of the next rows that are old, and that no other process is deleting.

        A batch without any is the end: the rows behind it are newer. `after` skips the entries that
        the deleted rows leave in the index.
        """
        records = await self._database.fetch(
            """
            WITH old AS MATERIALIZED (
                SELECT id FROM audit_log
                WHERE id = ANY(ARRAY(
                        SELECT id FROM audit_log WHERE id > $1 ORDER BY id LIMIT $2
                    ))
                    AND occurred_at < now() - make_interval(days => $3)
                FOR UPDATE SKIP LOCKED
            )
            DELETE FROM audit_log USING old WHERE audit_log.id = old.id
            RETURNING audit_log.id
            """,
            after,
            BATCH_ROWS,
            self._days,
        )
        return [record["id"] for record in records]
