import logging
from collections.abc import Iterable
from itertools import islice

from app.infrastructure.messaging.outbox.outgoing_message import OutgoingMessage

logger = logging.getLogger(__name__)


class DisabledOutbox:
    """Discards messages and warns once; used where RABBITMQ_URL is not set."""

    def __init__(self) -> None:
        self._has_warned = False

    async def add(self, *messages: OutgoingMessage) -> bool:
        if messages and not self._has_warned:
            self._has_warned = True
            logger.warning("Messages are not sent: RABBITMQ_URL is not set")
        return False

    async def add_all(self, messages: Iterable[OutgoingMessage]) -> bool:
        return await self.add(*islice(messages, 1))
