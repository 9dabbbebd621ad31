"""Carries messages from the outbox to the broker."""

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from itertools import cycle

from app.exceptions.base import UnavailableError
from app.infrastructure.messaging.message import OutgoingMessage
from app.infrastructure.messaging.outbox_leases import OutboxLeases
from app.infrastructure.messaging.publisher import Outcome, Publisher
from app.infrastructure.messaging.queues import PRIORITIES
from app.infrastructure.messaging.refusing_queues import RefusingQueues
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
    drain: float = 5.0


class Relay:
    """Several may run, in one process or many: each row is one relay's at a time."""

    def __init__(
        self,
        *,
        leases: OutboxLeases,
        publisher: Publisher,
        refusing: RefusingQueues,
        timing: RelayTiming,
    ) -> None:
        self._leases = leases
        self._publisher = publisher
        self._refusing = refusing
        self._timing = timing
        self._woken = asyncio.Event()
        self._is_stopping = False
        self._failure: type[Exception] | None = None
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
            count = await self._claim_and_publish()
        except UnavailableError:
            return 0
        except Exception as error:
            if type(error) is not self._failure:
                logger.exception("The relay failed")
            self._failure = type(error)
            return 0
        self._failure = None
        return count

    async def _claim_and_publish(self) -> int:
        parked = self._refusing.parked
        claimed = await self._claim(parked)
        messages = [message for message in claimed if message.queue not in parked]
        if messages:
            await self._settle(messages, await self._publisher.publish(messages))
        return len(claimed)

    async def _claim(self, parked: list[str]) -> list[OutgoingMessage]:
        if (turn := next(self._turns)) is not None:
            claimed = await self._leases.claim(self._batch, parked=parked, priority=turn)
            if claimed:
                return claimed
        return await self._leases.claim(self._batch, parked=parked)

    async def _settle(self, messages: list[OutgoingMessage], outcome: Outcome) -> None:
        # With no broker that takes anything, one message is enough to find out. And one alone
        # tells which of many it is that the broker rejects.
        self._batch = 1 if outcome.unknown else min(2 * self._batch, BATCH)
        self._refusing.note_refused(outcome.refusing_queues)
        if outcome.published:
            published = set(outcome.published)
            self._refusing.note_accepted({each.queue for each in messages if each.id in published})
            await self._leases.published(outcome.published)
        if outcome.refused and (dead := await self._leases.failed(outcome.refused)):
            reason = next(iter(outcome.refused.values()))
            logger.error("Given up after the last try: %d messages (%s)", dead, reason)
        if to_release := outcome.unknown + outcome.untried:
            await self._leases.released(to_release)
