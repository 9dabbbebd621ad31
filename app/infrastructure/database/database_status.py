from app.infrastructure.database.availability import DatabaseAvailability
from app.infrastructure.database.connections import Connections, PoolUsage
from app.infrastructure.health import CheckResult


class DatabaseStatus:
    """State of the database, as the probe and the pool have found it."""

    def __init__(self, *, connections: Connections, availability: DatabaseAvailability) -> None:
        self._connections = connections
        self._availability = availability

    @property
    def is_up(self) -> bool:
        """Result of the newest probe."""
        return self._availability.is_up

    @property
    def not_ready_reason(self) -> str | None:
        """Sentence about tables that this version of the service cannot use."""
        return self._availability.not_ready_reason

    @property
    def is_filling(self) -> bool:
        """Whether the pool is being opened over a slow network: requests would wait for it."""
        return self._connections.is_filling and self._availability.is_slow

    @property
    def warning(self) -> str | None:
        """Say how much the pool carries over a slow network."""
        if (rate := self._connections.exchanges_per_second) is None:
            return None
        milliseconds = self._availability.round_trip_seconds * 1000
        return (
            f"A round trip to the database takes {milliseconds:.0f} ms, so the pool of this"
            f" process carries {rate:.0f} exchanges a second"
        )

    @property
    def pool_usage(self) -> PoolUsage:
        return self._connections.usage

    @property
    def health(self) -> CheckResult:
        return self._availability.result
