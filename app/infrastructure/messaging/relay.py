"""Carries messages from the outbox to the broker."""

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from itertools import cycle
from time import monotonic

from app.exceptions.base import UnavailableError
from app.infrastructure.messaging.message import OutgoingMessage
from app.infrastructure.messaging.outbox_leases import OutboxLeases
from app.infrastructure.messaging.publisher import Outcome, Publisher
from app.infrastructure.messaging.queues import PRIORITIES
from app.models.event import UrgencyLevel

logger = logging.getLogger(__name__)

BATCH = 500
LOWER_LEVELS = (UrgencyLevel.LOW, UrgencyLevel.MEDIUM, UrgencyLevel.HIGH)


@dataclass(frozen=True, kw_only=True)
class RelayTiming:
    """In seconds."""

    poll: float = 1.0
    # What is committed together is published together.
    gather: float = 0.01
    parking: float = 10.0
    drain: float = 5.0


class Relay:
    """Several may run, in one process or many: each row is one relay's at a time."""

    def __init__(self, *, leases: OutboxLeases, publisher: Publisher, timing: RelayTiming) -> None:
        self._leases = leases
        self._publisher = publisher
        self._timing = timing
        self._woken = asyncio.Event()
        self._is_stopping = False
        self._parked: dict[str, float] = {}
        self._batch = BATCH
        # One batch in four is of one of the lower priorities, so that none of them waits for ever.
        self._turns = cycle(
            turn for level in LOWER_LEVELS for turn in (None, None, None, PRIORITIES[level])
        )

    def wake(self) -> None:
        """Look at once: something has been committed."""
        self._woken.set()

    async def run(self) -> None:
        """Relay until told to stop, and then what is due at that moment."""
        while True:
            self._woken.clear()
            # Nothing is claimed that would only wait for the broker.
            count = await self._relay_some() if self._publisher.is_connected else 0
            if count == 0 and self._is_stopping:
                return
            if count < self._batch:
                await self._rest(has_more=count > 0)

    async def stop(self, task: asyncio.Task[None]) -> None:
        self._is_stopping = True
        self._woken.set()
        await asyncio.wait({task}, timeout=self._timing.drain)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def _rest(self, *, has_more: bool) -> None:
        await asyncio.sleep(self._timing.gather)
        if has_more:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(self._timing.poll):
                await self._woken.wait()

    async def _relay_some(self) -> int:
        try:
            messages = await self._claim()
            if messages:
                await self._settle(await self._publisher.publish(messages))
        except UnavailableError:
            return 0
        except Exception:
            logger.exception("The relay failed")
            return 0
        return len(messages)

    async def _claim(self) -> list[OutgoingMessage]:
        now = monotonic()
        self._parked = {queue: until for queue, until in self._parked.items() if until > now}
        if (turn := next(self._turns)) is not None:
            messages = await self._leases.claim(
                self._batch, except_queues=self._parked, priority=turn
            )
            if messages:
                return messages
        return await self._leases.claim(self._batch, except_queues=self._parked)

    async def _settle(self, outcome: Outcome) -> None:
        for queue in outcome.refusing_queues:
            logger.warning("Messages for %s wait: the broker refuses the queue", queue)
            self._parked[queue] = monotonic() + self._timing.parking
        # With no broker that takes anything, one message is enough to find out.
        self._batch = 1 if outcome.unknown else BATCH
        if outcome.published:
            await self._leases.published(outcome.published)
        if outcome.refused:
            await self._leases.failed(outcome.refused)
        if outcome.unknown:
            await self._leases.released(outcome.unknown)
