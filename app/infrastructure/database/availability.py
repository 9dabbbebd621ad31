"""Background probe of the database, so that requests need not test the connection."""

import asyncio
import logging
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic

import asyncpg

from app.config.database_url import Pooling
from app.infrastructure.database.pool import Connection, connect
from app.infrastructure.database.recent_fault import RecentFault
from app.infrastructure.database.schema_version import NEWER, find_schema_problem
from app.infrastructure.health import CheckResult, HealthRecord

logger = logging.getLogger(__name__)

SLOW_SECONDS = 0.02


@dataclass(frozen=True, kw_only=True)
class ProbeTiming:
    """Intervals and time limits of the probe, in seconds.

    The database counts as unavailable if a connection attempt takes longer than `attempt` (the
    first one: `first_attempt`); the attempt continues until `connect`.
    """

    interval: float = 2.0
    response: float = 1.5
    first_attempt: float = 2.0
    attempt: float = 0.5
    retry: float = 0.25
    connect: float = 5.0


class DatabaseAvailability:
    """Probes over its own connection, so that an exhausted pool does not look like an outage."""

    def __init__(self, dsn: str, *, timing: ProbeTiming, pooling: Pooling = "session") -> None:
        self._dsn = dsn
        self._pooling = pooling
        self._timing = timing
        self._connection: Connection | None = None
        self._connected = asyncio.Event()
        self._check_requested = asyncio.Event()
        self._failures = 0
        self._last_error = ""
        self._failure: Exception | None = None
        self._probe_seconds: deque[float] = deque(maxlen=5)
        self._fault = RecentFault()
        self._health = HealthRecord("Database", logger)
        self._probed = asyncio.Event()
        self._schema_problem: str | None = None
        self._serves_newer_schema = False
        self.first_checked = asyncio.Event()
        self.first_up = asyncio.Event()

    @property
    def is_up(self) -> bool:
        return self._health.is_up

    @property
    def result(self) -> CheckResult:
        return self._health.result

    @property
    def failure(self) -> Exception | None:
        """Error of the newest probe that failed; None if it got no response."""
        return self._failure

    @property
    def round_trip_seconds(self) -> float:
        """Shortest of the newest probes, each of which is one exchange."""
        return min(self._probe_seconds, default=0.0)

    @property
    def is_slow(self) -> bool:
        """Whether the network, and not the work, decides how much a connection can do."""
        return self.round_trip_seconds > SLOW_SECONDS

    @property
    def schema_problem(self) -> str | None:
        """Reason for which the tables cannot be used, found by the newest probe."""
        return self._schema_problem

    @property
    def not_ready_reason(self) -> str | None:
        """Why requests should go to another process.

        A process that ran before the database was migrated past it stays ready until a request
        fails, so that the processes of a rolling deployment can be replaced one by one.
        """
        return None if self._serves_newer_schema else self._schema_problem

    async def explain_schema_error(self) -> str | None:
        """Probe once more after a statement that does not fit the tables; return the reason."""
        self._probed.clear()
        self.check_now()
        with suppress(TimeoutError):
            async with asyncio.timeout(self._timing.response):
                await self._probed.wait()
        self._serves_newer_schema = False
        return self._schema_problem

    def record_failure(self, error: BaseException) -> None:
        """Count a request that failed because of the database."""
        self._failures += 1
        self._fault.record(error)
        is_missing_right = isinstance(error, asyncpg.InsufficientPrivilegeError)
        self._last_error = str(error) if is_missing_right else type(error).__name__

    def check_now(self) -> None:
        """Probe at once, because a request has lost its connection."""
        self._check_requested.set()

    async def watch(self) -> None:
        """Probe until cancelled."""
        try:
            while True:
                await self._probe(await self._connect())
        finally:
            self._drop()

    async def _probe(self, connection: Connection) -> None:
        """Probe at every interval, until one probe fails."""
        while True:
            started = monotonic()
            try:
                problem = await find_schema_problem(connection, seconds=self._timing.response)
            except Exception as error:  # noqa: BLE001 - every failure counts
                self._last_error = type(error).__name__
                self._drop()
                return
            seconds = monotonic() - started
            self._probe_seconds.append(seconds)
            self._record_schema(problem, seconds=seconds)
            self._probed.set()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._timing.interval):
                    await self._check_requested.wait()
            self._check_requested.clear()

    async def _connect(self) -> Connection:
        """Connect by overlapping attempts.

        Over a slow network one attempt needs seconds; after a freeze only a new one may succeed.
        """
        attempts: set[asyncio.Task[None]] = set()
        self._connected.clear()
        try:
            while self._connection is None:
                started = monotonic()
                attempt = asyncio.create_task(self._attempt())
                attempts.add(attempt)
                attempt.add_done_callback(attempts.discard)
                await asyncio.wait({attempt}, timeout=self._attempt_seconds)
                if self._connection is None:
                    self._record_outage(seconds=monotonic() - started)
                    with suppress(TimeoutError):
                        async with asyncio.timeout(self._timing.retry):
                            await self._connected.wait()
        finally:
            for attempt in attempts:
                attempt.cancel()
        return self._connection

    @property
    def _attempt_seconds(self) -> float:
        is_first = not self.first_checked.is_set()
        return self._timing.first_attempt if is_first else self._timing.attempt

    async def _attempt(self) -> None:
        try:
            connection = await connect(
                self._dsn, pooling=self._pooling, seconds=self._timing.connect
            )
        except Exception as error:  # noqa: BLE001 - every failure counts
            self._last_error = type(error).__name__
            self._failure = error.with_traceback(None)
            return
        if self._connection is None:
            self._connection = connection
            self._connected.set()
        else:
            connection.terminate()

    def _record_schema(self, problem: str | None, *, seconds: float) -> None:
        """Refuse requests while tables are missing; try them on a newer database."""
        if problem == NEWER and self._schema_problem != NEWER:
            logger.warning(NEWER)
            self._serves_newer_schema = self.first_up.is_set() and self.is_up
        self._schema_problem = problem
        if problem in {None, NEWER}:
            self._record_success(seconds=seconds)
        else:
            self._last_error = problem or ""
            self._record_outage(seconds=seconds)

    def _record_success(self, *, seconds: float) -> None:
        failures, self._failures = self._failures, 0
        strain = f"{failures} failed: {self._last_error}" if failures else ""
        self._health.record_success(seconds=seconds, strain=strain, fault=self._fault.text)
        self.first_up.set()
        self.first_checked.set()

    def _record_outage(self, *, seconds: float) -> None:
        self._health.record_failure(self._last_error, seconds=seconds)
        self.first_checked.set()
        self._failures = 0

    def _drop(self) -> None:
        if self._schema_problem != NEWER:
            self._schema_problem = None
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None
