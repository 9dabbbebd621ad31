"""How queues are made: sender and receiver must agree, or the broker refuses one of them."""

from typing import TYPE_CHECKING

from app.models.event import UrgencyLevel

if TYPE_CHECKING:
    from pamqp.common import FieldTable

MAX_PRIORITY = 10

# A broker may make quorum queues by default, which know no priorities.
QUEUE_ARGUMENTS: "FieldTable" = {"x-queue-type": "classic", "x-max-priority": MAX_PRIORITY}

PRIORITIES = {
    UrgencyLevel.LOW: 1,
    UrgencyLevel.MEDIUM: 5,
    UrgencyLevel.HIGH: 8,
    UrgencyLevel.CRITICAL: 10,
}
