import logging
from collections.abc import Collection
from time import monotonic

logger = logging.getLogger(__name__)


class RefusingQueues:
    """Destinations left alone for a while; tells once when that begins, and once when it ends."""

    def __init__(self, *, seconds: float) -> None:
        self._seconds = seconds
        self._until: dict[str, float] = {}

    @property
    def parked(self) -> list[str]:
        now = monotonic()
        return [queue for queue, until in self._until.items() if until > now]

    def note_refused(self, queues: Collection[str]) -> None:
        for queue in queues:
            if queue not in self._until:
                logger.error("Messages for %s wait: the broker refuses the queue", queue)
            self._until[queue] = monotonic() + self._seconds

    def note_accepted(self, queues: Collection[str]) -> None:
        for queue in self._until.keys() & queues:
            del self._until[queue]
            logger.info("Messages for %s flow again", queue)
