import logging

from app.infrastructure.messaging.message import OutgoingMessage

logger = logging.getLogger(__name__)


class DisabledOutbox:
    """Stands in where no RABBITMQ_URL is set; says so once."""

    def __init__(self) -> None:
        self._has_warned = False

    async def add(self, *messages: OutgoingMessage) -> bool:
        if messages and not self._has_warned:
            self._has_warned = True
            logger.warning("Messages are not sent: RABBITMQ_URL is not set")
        return False
