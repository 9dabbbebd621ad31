"""How queues are made: sender and receiver must agree, or the broker refuses one of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.models.event import UrgencyLevel
from app.utils.queue_names import named_queue

if TYPE_CHECKING:
    from pamqp.common import FieldTable

MAX_PRIORITY = 10

# A broker may make quorum queues by default, which know no priorities.
CLASSIC: "FieldTable" = {"x-queue-type": "classic"}
QUEUE_ARGUMENTS: "FieldTable" = {**CLASSIC, "x-max-priority": MAX_PRIORITY}

PRIORITIES = {
    UrgencyLevel.LOW: 1,
    UrgencyLevel.MEDIUM: 5,
    UrgencyLevel.HIGH: 8,
    UrgencyLevel.CRITICAL: 10,
}

DELAYS = (1.0, 5.0, 30.0, 150.0, 600.0)
"""Seconds before each further try of a message that could not be handled."""


@dataclass(frozen=True, kw_only=True)
class ReceiverQueues:
    """The queue of a service, and those that its failed messages wait in or end in."""

    main: str
    delays: Sequence[float]

    @classmethod
    def of(cls, service_name: str, delays: Sequence[float] = DELAYS) -> "ReceiverQueues":
        return cls(main=named_queue(service_name), delays=delays)

    @property
    def dead(self) -> str:
        return f"{self.main}.dead"

    def delayed(self, tries: int) -> tuple[str, "FieldTable"]:
        """Name the queue for a message that was tried so often; it goes back when its time is up.

        The delay is in the name, since the broker refuses to change that of an existing queue.
        """
        milliseconds = round(self.delays[tries - 1] * 1000)
        arguments: FieldTable = {
            **CLASSIC,
            "x-message-ttl": milliseconds,
            "x-dead-letter-exchange": "",
            "x-dead-letter-routing-key": self.main,
        }
        return f"{self.main}.retry.{milliseconds}ms", arguments

    def next_for(self, tries: int) -> tuple[str, "FieldTable"]:
        """Name the queue where a message goes after so many tries."""
        return (self.dead, CLASSIC) if tries > len(self.delays) else self.delayed(tries)
