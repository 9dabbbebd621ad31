"""The connection to RabbitMQ: made in the background, again and again; nobody else waits for it."""

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from random import uniform
from time import monotonic

from aio_pika.abc import AbstractConnection
from aio_pika.connection import Connection, make_url
from aio_pika.exceptions import AMQPError
from pamqp.exceptions import PAMQPException

from app.infrastructure.health import CheckResult
from app.infrastructure.messaging.leaked_cancellation import leaked_cancellation_named

logger = logging.getLogger(__name__)

# RuntimeError and StopAsyncIteration: how aio-pika says that a connection is gone meanwhile.
OUTAGE = (AMQPError, PAMQPException, OSError, TimeoutError, RuntimeError, StopAsyncIteration)


class BrokerUnavailableError(Exception):
    """The broker cannot be used now: what was under way may or may not have reached it."""


@dataclass(frozen=True, kw_only=True)
class BrokerTiming:
    """In seconds."""

    connect: float = 2.0
    publish: float = 5.0
    declare: float = 5.0
    close: float = 1.0
    heartbeat: int = 10
    pause: float = 0.5
    longest_pause: float = 2.0


class Broker:
    """One connection, replaced when it breaks or is no use any more.

    Not aio-pika's robust connection, which waits for ever on a black hole and restores what
    the broker refuses again and again.
    """

    def __init__(self, url: str, *, name: str, timing: BrokerTiming) -> None:
        self._url = url
        self._name = name
        self.timing = timing
        self._connection: AbstractConnection | None = None
        self._connected = asyncio.Event()
        self._gone = asyncio.Event()
        self._closings: set[asyncio.Task[None]] = set()
        self._condition = ""
        self._is_stuck = False
        self._checked = CheckResult.never("unavailable")

    @property
    def health(self) -> CheckResult:
        return self._checked

    @property
    def connection(self) -> AbstractConnection | None:
        """The present connection, if there is one."""
        return self._connection

    async def connected(self) -> AbstractConnection:
        """Wait for a connection, without limit."""
        while self._connection is None:
            await self._connected.wait()
        return self._connection

    def give_up(self, connection: AbstractConnection, error: BaseException) -> None:
        """Have another connection made: this one answers no more."""
        if connection is self._connection:
            # A broker under a memory alarm accepts connections, but not what is published.
            self._is_stuck = True
            self._note_down(error, seconds=0)
            self._lose()

    def note_confirmation(self, *, seconds: float) -> None:
        """Hear that the broker has taken something."""
        self._is_stuck = False
        self._note_up(seconds=seconds)

    async def keep_connected(self) -> None:
        """Connect for ever."""
        pause = self.timing.pause
        try:
            while True:
                if await self._connect():
                    pause = self.timing.pause
                    await self._gone.wait()
                await asyncio.sleep(uniform(0.5, 1) * pause)  # noqa: S311 - jitter
                pause = min(2 * pause, self.timing.longest_pause)
        finally:
            self._lose()
            await asyncio.gather(*self._closings)

    async def _connect(self) -> bool:
        started = monotonic()
        try:
            connection = await self._new_connection()
        except Exception as error:  # noqa: BLE001 - whatever it is, there is no connection
            self._note_down(error, seconds=monotonic() - started)
            return False
        self._gone.clear()
        connection.close_callbacks.add(self._on_close)
        self._connection = connection
        self._connected.set()
        if not self._is_stuck:
            self._note_up(seconds=monotonic() - started)
        return True

    async def _new_connection(self) -> AbstractConnection:
        connection = Connection(
            make_url(self._url, heartbeat=self.timing.heartbeat),
            client_properties={"connection_name": self._name},
        )
        try:
            with leaked_cancellation_named():
                async with asyncio.timeout(self.timing.connect):
                    await connection.connect()
        except BaseException:
            await self._close(connection)
            raise
        return connection

    def _on_close(self, connection: object, error: BaseException | None) -> None:
        if connection is self._connection:
            self._note_down(error or ConnectionError("closed"), seconds=0)
            self._lose()

    def _lose(self) -> None:
        connection, self._connection = self._connection, None
        self._connected.clear()
        self._gone.set()
        closing = asyncio.create_task(self._close(connection))
        self._closings.add(closing)
        closing.add_done_callback(self._closings.discard)

    async def _close(self, connection: AbstractConnection | None) -> None:
        """A peer that is frozen never says that it has heard of the end."""
        if connection is None:
            return
        with suppress(*OUTAGE), leaked_cancellation_named():
            async with asyncio.timeout(self.timing.close):
                await connection.close()
        # If that failed, this does nothing but mark it as closed: else its destructor would try,
        # in whatever thread that runs.
        await connection.close()

    def _note_up(self, *, seconds: float) -> None:
        self._checked = CheckResult.now("healthy", seconds=seconds)
        self._change("healthy", logging.INFO, "")

    def _note_down(self, error: BaseException, *, seconds: float) -> None:
        self._checked = CheckResult.now("unavailable", seconds=seconds)
        # Never the message, which may hold the URL.
        self._change("unavailable", logging.ERROR, f" ({type(error).__name__})")

    def _change(self, condition: str, level: int, reason: str) -> None:
        if condition != self._condition:
            self._condition = condition
            logger.log(level, "%s: RabbitMQ is %s%s", self._name, condition, reason)
