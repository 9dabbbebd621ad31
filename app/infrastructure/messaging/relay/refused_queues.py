"""Queues that the broker refuses, such as those with other arguments."""

import logging
from collections.abc import Collection, Mapping
from time import monotonic

logger = logging.getLogger(__name__)


class RefusedQueues:
    """Pauses a refused queue for `seconds`; logs its first refusal and its recovery."""

    def __init__(self, *, seconds: float) -> None:
        self._seconds = seconds
        self._until: dict[str, float] = {}

    @property
    def paused(self) -> list[str]:
        now = monotonic()
        return [queue for queue, until in self._until.items() if until > now]

    def pause(self, refusals: Mapping[str, str]) -> None:
        """Pause the queues, each with the reason of its refusal."""
        for queue, reason in refusals.items():
            if queue not in self._until:
                logger.error("Messages for %s wait: the broker refuses it (%s)", queue, reason)
            self._until[queue] = monotonic() + self._seconds

    def resume(self, queues: Collection[str]) -> None:
        for queue in self._until.keys() & queues:
            del self._until[queue]
            logger.info("Messages for %s resume: the broker accepts the queue again", queue)
