"""Whether a process can do its work, as of the newest probes."""

from app.infrastructure.database.database_status import DatabaseStatus
from app.infrastructure.health import OUTAGES
from app.infrastructure.lifecycle import Lifecycle
from app.infrastructure.messaging.opening import Messaging

Report = dict[str, str]

READY: Report = {"status": "ready"}


def report_readiness(database: DatabaseStatus, lifecycle: Lifecycle | None = None) -> Report:
    """Report whether requests can be served: `status` is `ready` or says why not."""
    if lifecycle is not None and lifecycle.is_draining:
        return {"status": "draining"}
    if (reason := database.not_ready_reason) is not None:
        return _unavailable(reason)
    if database.is_filling:
        return _unavailable("Connections to the database are being opened")
    return READY if database.is_up else {"status": "unavailable"}


def report_message_readiness(database: DatabaseStatus, messaging: Messaging) -> Report:
    """Report likewise whether messages can be published and handled."""
    report = report_readiness(database)
    if report == READY and messaging.health.status in OUTAGES:
        return _unavailable("RabbitMQ is unavailable")
    return report


def _unavailable(reason: str) -> Report:
    return {"status": "unavailable", "reason": reason}
