"""The port through which services say what happened."""

from typing import Protocol

from app.models.event import Event


class EventPublisher(Protocol):
    async def publish(self, event: Event) -> None:
        """Tell all subscribers, if the caller's transaction is committed, and only then."""
        ...
