"""Names and arguments of the queues.

Sender and receiver must declare the same arguments, or the broker refuses one of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.config.setting_types import QueueType
from app.models.shared.event import UrgencyLevel
from app.utils.queue_names import queue_name_for_service

if TYPE_CHECKING:
    from pamqp.common import FieldTable

MAX_PRIORITY = 10

# Always named, because a broker may create quorum queues by default.
CLASSIC: "FieldTable" = {"x-queue-type": "classic"}
QUEUE_ARGUMENTS: "FieldTable" = {**CLASSIC, "x-max-priority": MAX_PRIORITY}
QUORUM: "FieldTable" = {"x-queue-type": "quorum"}

# A quorum queue drops a message that was returned too often, and a look at it counts. RabbitMQ 4
# has a limit of 20 by default; older versions have none, and do not know the number for "none".
_UNLIMITED: "FieldTable" = {**QUORUM, "x-delivery-limit": 1_000_000_000}
# Expired messages stay until their new queue has confirmed them.
_CONFIRMED: "FieldTable" = {
    "x-dead-letter-strategy": "at-least-once",
    "x-overflow": "reject-publish",
}

WORK_ARGUMENTS: "dict[QueueType, FieldTable]" = {"classic": QUEUE_ARGUMENTS, "quorum": QUORUM}
_DEAD_ARGUMENTS: "dict[QueueType, FieldTable]" = {"classic": CLASSIC, "quorum": _UNLIMITED}
_DELAY_ARGUMENTS: "dict[QueueType, FieldTable]" = {
    "classic": CLASSIC,
    "quorum": {**_UNLIMITED, **_CONFIRMED},
}

PRIORITIES = {
    UrgencyLevel.LOW: 1,
    UrgencyLevel.MEDIUM: 5,
    UrgencyLevel.HIGH: 8,
    UrgencyLevel.CRITICAL: 10,
}

RETRY_DELAYS_SECONDS = (1.0, 5.0, 30.0, 150.0, 600.0)
"""Seconds before each retry of a failed message."""


@dataclass(frozen=True, kw_only=True)
class ReceiverQueues:
    """Queue of a service, with delay queues and a dead-letter queue for its failed messages."""

    main: str
    delays: Sequence[float]
    queue_type: QueueType

    @classmethod
    def for_service(
        cls,
        service_name: str,
        delays: Sequence[float] = RETRY_DELAYS_SECONDS,
        *,
        queue_type: QueueType,
    ) -> "ReceiverQueues":
        return cls(main=queue_name_for_service(service_name), delays=delays, queue_type=queue_type)

    @property
    def main_arguments(self) -> "FieldTable":
        return WORK_ARGUMENTS[self.queue_type]

    @property
    def dead_arguments(self) -> "FieldTable":
        return _DEAD_ARGUMENTS[self.queue_type]

    @property
    def dead(self) -> str:
        return f"{self.main}.dead"

    @property
    def by_short_name(self) -> dict[str, str]:
        """Names of all queues of the service, by `main`, `dead` and `retry.1000ms`."""
        delays = (self.delay_queue(tries)[0] for tries in range(1, len(self.delays) + 1))
        return {
            "main": self.main,
            "dead": self.dead,
            **{name.removeprefix(f"{self.main}."): name for name in delays},
        }

    def delay_queue(self, tries: int) -> tuple[str, "FieldTable"]:
        """Return the delay queue for a number of tries; its messages expire into the main queue.

        The delay is part of the name, because the broker refuses new arguments for an existing
        queue.
        """
        milliseconds = round(self.delays[tries - 1] * 1000)
        arguments: FieldTable = {
            **_DELAY_ARGUMENTS[self.queue_type],
            "x-message-ttl": milliseconds,
            "x-dead-letter-exchange": "",
            "x-dead-letter-routing-key": self.main,
        }
        return f"{self.main}.retry.{milliseconds}ms", arguments

    def queue_after(self, tries: int) -> tuple[str, "FieldTable"]:
        """Return the queue for a message that has failed this number of times."""
        if tries > len(self.delays):
            return self.dead, self.dead_arguments
        return self.delay_queue(tries)
