"""Publish the rows of the outbox to RabbitMQ in the background."""

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from itertools import cycle
from uuid import UUID

from app.exceptions.base import UnavailableError
from app.infrastructure.messaging.broker.queues import PRIORITIES
from app.infrastructure.messaging.outbox.outgoing_message import OutgoingMessage
from app.infrastructure.messaging.relay.outbox_leases import OutboxLeases
from app.infrastructure.messaging.relay.publisher import Outcome, Publisher
from app.infrastructure.messaging.relay.refused_queues import RefusedQueues
from app.models.shared.event import UrgencyLevel
from app.ports.metrics import Metrics

logger = logging.getLogger(__name__)

MAX_BATCH_MESSAGES = 500
URGENCIES_BELOW_CRITICAL = (UrgencyLevel.LOW, UrgencyLevel.MEDIUM, UrgencyLevel.HIGH)


@dataclass(frozen=True, kw_only=True)
class RelayTiming:
    """Intervals and time limits, in seconds.

    The relay looks for due messages at least every `poll` seconds. After a commit or an incomplete
    batch it waits for `batch_delay`, so that further messages get into the next batch. When it is
    stopped, it has `drain` seconds to publish the remaining messages.
    """

    poll: float = 1.0
    batch_delay: float = 0.01
    drain: float = 5.0


class Relay:
    """Publishes the messages of the outbox and records the outcomes.

    Several relays may run in parallel: each row is claimed by one relay at a time.
    """

    def __init__(
        self,
        *,
        leases: OutboxLeases,
        publisher: Publisher,
        refused_queues: RefusedQueues,
        timing: RelayTiming,
        metrics: Metrics,
    ) -> None:
        self._leases = leases
        self._publisher = publisher
        self._refused_queues = refused_queues
        self._timing = timing
        self._metrics = metrics
        self._woken = asyncio.Event()
        self._is_stopping = False
        self._failure: type[Exception] | None = None
        self._batch_size = MAX_BATCH_MESSAGES
        # Every fourth batch takes one lower priority, in turn, to prevent starvation.
        self._batch_priorities = cycle(
            priority
            for level in URGENCIES_BELOW_CRITICAL
            for priority in (None, None, None, PRIORITIES[level])
        )

    def wake(self) -> None:
        """Poll now instead of after `poll` seconds; called after a commit."""
        self._woken.set()

    async def run(self) -> None:
        """Publish until `stop` is called, then publish the remaining due messages and return."""
        while True:
            self._woken.clear()
            # Claim no rows while the broker is disconnected.
            count = await self._publish_batch() if self._publisher.is_connected else 0
            if count == 0 and self._is_stopping:
                return
            if count < self._batch_size:
                await self._wait_for_messages(is_more_expected=count > 0)

    async def stop(self, task: asyncio.Task[None]) -> None:
        self._is_stopping = True
        self._woken.set()
        await asyncio.wait({task}, timeout=self._timing.drain)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def _wait_for_messages(self, *, is_more_expected: bool) -> None:
        await asyncio.sleep(self._timing.batch_delay)
        if is_more_expected:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(self._timing.poll):
                await self._woken.wait()

    async def _publish_batch(self) -> int:
        try:
            count = await self._claim_and_publish()
        except UnavailableError:
            return 0
        except Exception as error:
            if type(error) is not self._failure:
                logger.exception("The relay failed")
            self._failure = type(error)
            self._metrics.increment("relay_failures_total", error=type(error).__name__)
            return 0
        self._failure = None
        return count

    async def _claim_and_publish(self) -> int:
        paused = self._refused_queues.paused
        claimed = await self._claim(paused)
        # The claim also returns messages of paused queues, which it has only postponed.
        messages = [message for message in claimed if message.queue not in paused]
        if messages:
            async with self._leases.keep([message.id for message in messages]):
                outcome = await self._publisher.publish(messages)
            await self._record_outcome(messages, outcome)
        return len(claimed)

    async def _claim(self, paused: list[str]) -> list[OutgoingMessage]:
        if (priority := next(self._batch_priorities)) is not None:
            claimed = await self._leases.claim(
                self._batch_size, paused_queues=paused, priority=priority
            )
            if claimed:
                return claimed
        return await self._leases.claim(self._batch_size, paused_queues=paused)

    async def _record_outcome(self, messages: list[OutgoingMessage], outcome: Outcome) -> None:
        # After an unknown outcome, a batch of one probes the broker cheaply, and isolates a message
        # for which the broker closes the channel.
        self._batch_size = 1 if outcome.unknown else min(2 * self._batch_size, MAX_BATCH_MESSAGES)
        self._refused_queues.pause(outcome.refused_queues)
        if outcome.published:
            published = set(outcome.published)
            self._refused_queues.resume({each.queue for each in messages if each.id in published})
            await self._leases.mark_published(outcome.published)
            self._count("published", len(outcome.published))
        if outcome.refused:
            await self._record_refusals(outcome.refused)
        if to_release := outcome.unknown + outcome.untried:
            self._count("unknown", len(outcome.unknown))
            await self._leases.release(to_release)

    async def _record_refusals(self, reasons: dict[UUID, str]) -> None:
        dead = await self._leases.record_failures(reasons)
        self._count("refused", len(reasons))
        if dead:
            reason = next(iter(reasons.values()))
            logger.error("%d messages failed permanently after the last attempt (%s)", dead, reason)
            self._count("dead", dead)

    def _count(self, outcome: str, messages: int) -> None:
        if messages:
            self._metrics.increment("relayed_messages_total", messages, outcome=outcome)
