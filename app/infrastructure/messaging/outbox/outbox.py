"""Interface of the outbox, which accepts messages for delivery."""

from collections.abc import Iterable
from contextvars import ContextVar
from typing import Protocol

from app.infrastructure.messaging.outbox.outgoing_message import OutgoingMessage


class Outbox(Protocol):
    async def add(self, *messages: OutgoingMessage) -> bool:
        """Store the messages, in the caller's transaction if there is one, and return True.

        Stored messages are delivered at least once. Returns False where messaging is disabled.
        Raises UnavailableError when the database is unavailable.
        """
        ...

    async def add_all(self, messages: Iterable[OutgoingMessage]) -> bool:
        """Store many messages as `add` does, in one statement and in constant memory."""
        ...


# Set for each request and each handled message: `send_to_microservice` has no other access to it.
current_outbox: ContextVar[Outbox] = ContextVar("outbox")
