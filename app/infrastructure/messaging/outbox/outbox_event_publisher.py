from collections.abc import Iterable, Sequence

from app.infrastructure.messaging.outbox.outbox import Outbox
from app.infrastructure.messaging.outbox.outgoing_message import OutgoingMessage
from app.models.shared.event import Event


class OutboxEventPublisher:
    """Sends one message to each subscriber, because each has its own queue."""

    def __init__(self, *, outbox: Outbox, from_service: str, subscribers: Sequence[str]) -> None:
        self._outbox = outbox
        self._from_service = from_service
        self._subscribers = subscribers

    async def publish(self, event: Event) -> None:
        if self._subscribers:
            await self._outbox.add(*(self._message(event, url) for url in self._subscribers))

    async def publish_all(self, events: Iterable[Event]) -> None:
        if self._subscribers:
            await self._outbox.add_all(
                self._message(event, url) for event in events for url in self._subscribers
            )

    def _message(self, event: Event, subscriber: str) -> OutgoingMessage:
        return OutgoingMessage.create(
            to_service=subscriber,
            from_service=self._from_service,
            method="POST",
            payload=event.payload(),
            urgency=event.kind.urgency,
        )
