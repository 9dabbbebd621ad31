from collections.abc import Sequence

from app.infrastructure.messaging.message import OutgoingMessage
from app.infrastructure.messaging.outbox import Outbox
from app.models.event import Event


class OutboxEventPublisher:
    """One message for each subscriber, since each has a queue of its own."""

    def __init__(self, *, outbox: Outbox, from_service: str, subscribers: Sequence[str]) -> None:
        self._outbox = outbox
        self._from_service = from_service
        self._subscribers = subscribers

    async def publish(self, event: Event) -> None:
        if self._subscribers:
            await self._outbox.add(*(self._message(event, url) for url in self._subscribers))

    def _message(self, event: Event, subscriber: str) -> OutgoingMessage:
        return OutgoingMessage.make(
            to_service=subscriber,
            from_service=self._from_service,
            method="POST",
            payload=event.payload(),
            urgency=event.kind.urgency,
        )
