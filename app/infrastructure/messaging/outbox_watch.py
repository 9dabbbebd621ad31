from dataclasses import dataclass

from app.infrastructure.database.postgres_database import PostgresDatabase


@dataclass(frozen=True, kw_only=True)
class OutboxCounts:
    """What waits in the outbox; None while nobody has looked yet."""

    pending: int | None = None
    oldest_seconds: float | None = None
    dead: int | None = None


class OutboxWatch:
    """Looks into the outbox now and then, so that `/health` need not."""

    def __init__(self, *, database: PostgresDatabase) -> None:
        self._database = database
        self.counts = OutboxCounts()

    async def look(self) -> None:
        record = await self._database.fetchrow(
            """
            SELECT
                count(*) AS pending,
                round(extract(epoch FROM now() - min(created_at)), 1)::float8 AS oldest_seconds,
                (SELECT count(*) FROM outbox WHERE dead_at IS NOT NULL) AS dead
            FROM outbox WHERE published_at IS NULL AND dead_at IS NULL
            """
        )
        assert record is not None  # noqa: S101 - an aggregate
        self.counts = OutboxCounts(**record)
