"""Log lines and state of a private RabbitMQ that boots while the service already runs."""

import logging
import sys
import time

from devtools.processes import tail
from devtools.rabbitmq import INSTALL_COMMAND, START_SECONDS, PrivateRabbitMQ

NOT_INSTALLED = f"not installed ({INSTALL_COMMAND}): messages wait in the outbox"
BOOTING = "starting: messages wait in the outbox"
READY = "ready"
_LOGGER = "app.infrastructure.messaging.broker.broker_connection"


def describe_broker(broker: PrivateRabbitMQ | None) -> str:
    """Describe the private broker for the banner; None means that it is not installed."""
    if broker is None:
        return NOT_INSTALLED
    return READY if broker.is_ready() else BOOTING


class BootWatch:
    """Report once if the broker does not become ready."""

    def __init__(self, broker: PrivateRabbitMQ | None) -> None:
        self._broker = broker
        self._deadline = time.monotonic() + START_SECONDS

    @property
    def is_over(self) -> bool:
        return self._broker is None

    def check(self) -> None:
        if self._broker is None or self._broker.is_ready():
            self._broker = None
            return
        status = self._broker.exit_status
        if status is None and time.monotonic() < self._deadline:
            return
        reason = "is not ready" if status is None else f"exited with status {status}"
        sys.stderr.write(
            f"RabbitMQ {reason}: messages wait in the outbox. Its log is {self._broker.log}\n"
            f"{tail(self._broker.log)}\n"
        )
        self._broker = None


class _UntilFirstConnection(logging.Filter):
    """Drop the reports of an outage until there was a connection."""

    _is_connected = False

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        self._is_connected |= "RabbitMQ is healthy" in text
        return self._is_connected or "RabbitMQ is unavailable" not in text


def hide_outage_until_connected() -> None:
    """Call it in a process of the service. `dev.py run` reports a broker that does not start."""
    logging.getLogger(_LOGGER).addFilter(_UntilFirstConnection())
    # As `configure_logging` does later.
    logging.getLogger("aiormq").setLevel(logging.CRITICAL)
