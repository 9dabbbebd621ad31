"""Knowing whether the database is there, without asking it in a request."""

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic

from app.infrastructure.database.pool import Connection, connect
from app.infrastructure.health import CheckResult

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class ProbeTiming:
    """In seconds."""

    interval: float = 2.0
    answer: float = 1.5
    first_look: float = 2.0
    patience: float = 0.5
    retry: float = 0.25
    connect: float = 5.0


class DatabaseAvailability:
    """Asks over a connection of its own, so that a full pool does not look like an outage.

    One line is logged per change: healthy, strained (some requests fail) or unavailable.
    """

    def __init__(self, dsn: str, *, timing: ProbeTiming) -> None:
        self._dsn = dsn
        self._timing = timing
        self._connection: Connection | None = None
        self._reached = asyncio.Event()
        self._suspected = asyncio.Event()
        self._failures = 0
        self._last_error = ""
        self._condition = ""
        self.first_looked = asyncio.Event()
        self.first_up = asyncio.Event()
        self.result = CheckResult.never("unavailable")

    @property
    def is_up(self) -> bool:
        return self.result.status == "healthy"

    def note_failure(self, error: BaseException) -> None:
        """Count a request that failed for what looks like the database's fault."""
        self._failures += 1
        self._last_error = type(error).__name__

    def suspect(self) -> None:
        """Look at once: somebody has just lost a connection."""
        self._suspected.set()

    async def watch(self) -> None:
        """Look for ever."""
        try:
            while True:
                await self._keep(await self._reach())
        finally:
            self._drop()

    async def _keep(self, connection: Connection) -> None:
        """Ask again and again, until there is no answer."""
        while True:
            started = monotonic()
            try:
                await connection.execute("SELECT 1", timeout=self._timing.answer)
            except Exception as error:  # noqa: BLE001 - whatever it is, there is no answer
                self._last_error = type(error).__name__
                self._drop()
                return
            self._note_up(seconds=monotonic() - started)
            with suppress(TimeoutError):
                async with asyncio.timeout(self._timing.interval):
                    await self._suspected.wait()
            self._suspected.clear()

    async def _reach(self) -> Connection:
        """Connect by attempts that overlap.

        A slow link needs seconds for one; after a freeze only a new one may get an answer.
        """
        attempts: set[asyncio.Task[None]] = set()
        self._reached.clear()
        try:
            while self._connection is None:
                started = monotonic()
                attempt = asyncio.create_task(self._attempt())
                attempts.add(attempt)
                attempt.add_done_callback(attempts.discard)
                await asyncio.wait({attempt}, timeout=self._patience)
                if self._connection is None:
                    self._note_down(seconds=monotonic() - started)
                    with suppress(TimeoutError):
                        async with asyncio.timeout(self._timing.retry):
                            await self._reached.wait()
        finally:
            for attempt in attempts:
                attempt.cancel()
        return self._connection

    @property
    def _patience(self) -> float:
        is_first = not self.first_looked.is_set()
        return self._timing.first_look if is_first else self._timing.patience

    async def _attempt(self) -> None:
        try:
            connection = await connect(self._dsn, seconds=self._timing.connect)
        except Exception as error:  # noqa: BLE001 - whatever it is, there is no answer
            self._last_error = type(error).__name__
            return
        if self._connection is None:
            self._connection = connection
            self._reached.set()
        else:
            connection.terminate()

    def _note_up(self, *, seconds: float) -> None:
        self.result = CheckResult.now("healthy", seconds=seconds)
        self.first_up.set()
        self.first_looked.set()
        failures, self._failures = self._failures, 0
        if failures and self._condition != "unavailable":
            self._change("strained", logging.WARNING, f"{failures} failed: {self._last_error}")
        else:
            self._change("healthy", logging.INFO, "")

    def _note_down(self, *, seconds: float) -> None:
        self.result = CheckResult.now("unavailable", seconds=seconds)
        self.first_looked.set()
        self._failures = 0
        self._change("unavailable", logging.ERROR, self._last_error)

    def _change(self, condition: str, level: int, reason: str) -> None:
        if condition != self._condition:
            self._condition = condition
            logger.log(level, "Database is %s%s", condition, reason and f" ({reason})")

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None
