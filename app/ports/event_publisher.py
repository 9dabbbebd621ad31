"""Port for the events of a domain."""

from collections.abc import Iterable
from typing import Protocol

from app.models.shared.event import Event


class EventPublisher(Protocol):
    async def publish(self, event: Event) -> None:
        """Send the event to all subscribers if, and only if, the caller's transaction commits."""
        ...

    async def publish_all(self, events: Iterable[Event]) -> None:
        """Send many events as `publish` does, in one statement."""
        ...
