from dataclasses import dataclass
from time import monotonic

from app.infrastructure.database.postgres_database import PostgresDatabase

MOST_COUNTED = 1_000_000
# Of the time that a look took: counting is to cost the database 2 % at most.
PAUSE = 50


@dataclass(frozen=True, kw_only=True)
class OutboxCounts:
    """What waits in the outbox, counted up to a million; None while nobody has looked yet."""

    pending: int | None = None
    oldest_seconds: float | None = None
    dead: int | None = None


class OutboxWatch:
    """Looks into the outbox now and then, so that `/health` need not."""

    def __init__(self, *, database: PostgresDatabase) -> None:
        self._database = database
        self._next_look = 0.0
        self.counts = OutboxCounts()

    async def look(self) -> None:
        """Count anew, or leave it if the last time was long and not long ago."""
        started = monotonic()
        if started < self._next_look:
            return
        record = await self._database.fetchrow(
            """
            SELECT
                count(*) AS pending,
                round(extract(epoch FROM now() - min(created_at)), 1)::float8 AS oldest_seconds,
                (SELECT count(*) FROM outbox WHERE dead_at IS NOT NULL) AS dead
            FROM (
                SELECT created_at FROM outbox
                WHERE published_at IS NULL AND dead_at IS NULL LIMIT $1
            ) AS pending
            """,
            MOST_COUNTED,
        )
        assert record is not None  # noqa: S101 - an aggregate
        self.counts = OutboxCounts(**record)
        self._next_look = monotonic() + PAUSE * (monotonic() - started)
