"""Connection to RabbitMQ, opened and reopened in the background."""

import asyncio
import logging
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from random import uniform
from time import monotonic

from aio_pika.abc import AbstractConnection
from aio_pika.connection import Connection, make_url
from aio_pika.exceptions import AMQPError
from pamqp.exceptions import PAMQPException

from app.config.url_rules import split_hosts
from app.infrastructure.health import CheckResult, HealthRecord
from app.infrastructure.messaging.broker.leaked_cancellation import translate_leaked_cancellation
from app.infrastructure.messaging.broker.missing_rights import MissingRightError
from app.infrastructure.messaging.broker.own_user import OwnUser
from app.infrastructure.messaging.broker.property_decoding import install

logger = logging.getLogger(__name__)

install()

# aio-pika raises RuntimeError and StopAsyncIteration when a connection is lost during a call.
OUTAGE = (AMQPError, PAMQPException, OSError, TimeoutError, RuntimeError, StopAsyncIteration)


class BrokerUnavailableError(Exception):
    """The broker cannot be used now; the outcome of running operations is unknown."""


@dataclass(frozen=True, kw_only=True)
class BrokerTiming:
    """Limits, and the pause before a reconnect, which doubles up to `max_pause`; in seconds."""

    connect: float = 2.0
    publish: float = 5.0
    declare: float = 5.0
    close: float = 1.0
    heartbeat: int = 10
    pause: float = 0.5
    max_pause: float = 2.0


class BrokerConnection:
    """One connection, which is replaced when it breaks or no longer responds.

    Not aio-pika's robust connection, which waits for ever when packets are dropped, and restores
    refused queues without end.
    """

    def __init__(self, url: str, *, name: str, timing: BrokerTiming) -> None:
        self._urls = deque(split_hosts(url))
        self._name = name
        self.own_user = OwnUser(url)
        self.timing = timing
        self._connection: AbstractConnection | None = None
        self._connected = asyncio.Event()
        self._lost = asyncio.Event()
        self._closings: set[asyncio.Task[None]] = set()
        self._is_stuck = False
        self._health = HealthRecord(f"{name}: RabbitMQ", logger)

    @property
    def health(self) -> CheckResult:
        return self._health.result

    @property
    def connection(self) -> AbstractConnection | None:
        """The current connection, if there is one."""
        return self._connection

    async def connected(self) -> AbstractConnection:
        """Wait for a connection, without limit."""
        while self._connection is None:
            await self._connected.wait()
        return self._connection

    def discard(self, connection: AbstractConnection, error: BaseException) -> None:
        """Replace a connection that no longer responds."""
        if connection is self._connection:
            # A broker with a memory alarm accepts connections, but blocks publishing.
            self._is_stuck = True
            self._record_failure(error, seconds=0)
            self._drop()

    def record_confirm(self, *, seconds: float) -> None:
        """Record a publisher confirm: the broker accepts messages."""
        self._is_stuck = False
        self._health.record_success(seconds=seconds)

    async def keep_connected(self) -> None:
        """Connect, and reconnect after each loss, until cancelled."""
        pause = self.timing.pause
        try:
            while True:
                if await self._connect():
                    pause = self.timing.pause
                    await self._lost.wait()
                await asyncio.sleep(uniform(0.5, 1) * pause)  # noqa: S311 - jitter
                pause = min(2 * pause, self.timing.max_pause)
        finally:
            self._drop()
            await asyncio.gather(*self._closings)

    async def _connect(self) -> bool:
        started = monotonic()
        try:
            connection = await self._connect_to_any()
        except Exception as error:  # noqa: BLE001 - every failure counts
            self._record_failure(error, seconds=monotonic() - started)
            return False
        self._lost.clear()
        connection.close_callbacks.add(self._on_close)
        self._connection = connection
        self._connected.set()
        if not self._is_stuck:
            self._health.record_success(seconds=monotonic() - started)
        return True

    async def _connect_to_any(self) -> AbstractConnection:
        """Try each host once; begin with the one after that whose connection was lost."""
        for _ in range(len(self._urls) - 1):
            with suppress(*OUTAGE):
                return await self._new_connection()
            self._urls.rotate(-1)
        return await self._new_connection()

    async def _new_connection(self) -> AbstractConnection:
        connection = Connection(
            make_url(self._urls[0], heartbeat=self.timing.heartbeat),
            client_properties={"connection_name": self._name},
        )
        try:
            with translate_leaked_cancellation():
                async with asyncio.timeout(self.timing.connect):
                    await connection.connect()
        except BaseException:
            await self._close(connection)
            raise
        return connection

    def _on_close(self, connection: object, error: BaseException | None) -> None:
        if connection is self._connection:
            # When heartbeats are missed, the client library cancels its own tasks.
            if error is None or isinstance(error, asyncio.CancelledError):
                error = ConnectionError("closed")
            self._record_failure(error, seconds=0)
            self._drop()

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        self._urls.rotate(-1)
        self._connected.clear()
        self._lost.set()
        closing = asyncio.create_task(self._close(connection))
        self._closings.add(closing)
        closing.add_done_callback(self._closings.discard)

    async def _close(self, connection: AbstractConnection | None) -> None:
        """Close within the time limit: a frozen broker never confirms the closing."""
        if connection is None:
            return
        with suppress(*OUTAGE), translate_leaked_cancellation():
            async with asyncio.timeout(self.timing.close):
                await connection.close()
        # After a failure this only marks it as closed. Otherwise its destructor would try again,
        # in any thread.
        await connection.close()

    def _record_failure(self, error: BaseException, *, seconds: float) -> None:
        # No other message, because it may contain the URL.
        is_misconfigured = isinstance(error, MissingRightError)
        reason = error.text if isinstance(error, MissingRightError) else type(error).__name__
        self._health.record_failure(reason, seconds=seconds, is_misconfigured=is_misconfigured)
