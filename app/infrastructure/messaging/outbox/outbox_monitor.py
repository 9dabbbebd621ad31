"""Count the messages of the outbox in the background."""

from dataclasses import dataclass
from time import monotonic

from app.infrastructure.database.postgres_database import PostgresDatabase
from app.ports.metrics import Metrics

MAX_COUNT = 1_000_000
# Pause after a count, as a multiple of its duration: counting takes at most 2 % of the time.
PAUSE_FACTOR = 50


@dataclass(frozen=True, kw_only=True)
class OutboxCounts:
    """Messages in the outbox, pending ones up to MAX_COUNT; None before the first count."""

    pending: int | None = None
    oldest_seconds: float | None = None
    dead: int | None = None


class OutboxMonitor:
    """Keeps the newest counts, so that `/health` does not query the database."""

    def __init__(self, *, database: PostgresDatabase, metrics: Metrics) -> None:
        self._database = database
        self._metrics = metrics
        self._next_refresh_at = 0.0
        self.counts = OutboxCounts()

    async def refresh(self) -> None:
        """Count, unless the pause after the last count has not ended."""
        started = monotonic()
        if started < self._next_refresh_at:
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
            MAX_COUNT,
        )
        assert record is not None  # noqa: S101 - an aggregate
        self.counts = OutboxCounts(**record)
        self._metrics.set_gauge("outbox_messages", record["pending"], state="pending")
        self._metrics.set_gauge("outbox_messages", record["dead"], state="dead")
        self._metrics.set_gauge(
            "outbox_oldest_pending_age_seconds", max(0.0, record["oldest_seconds"] or 0.0)
        )
        self._next_refresh_at = monotonic() + PAUSE_FACTOR * (monotonic() - started)
