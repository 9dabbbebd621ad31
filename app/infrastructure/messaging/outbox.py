"""The port through which messages are handed over for delivery."""

from contextvars import ContextVar
from typing import Protocol

from app.infrastructure.messaging.message import OutgoingMessage


class Outbox(Protocol):
    async def add(self, *messages: OutgoingMessage) -> bool:
        """Keep the messages, in the caller's transaction if there is one; then return True.

        What is kept is delivered at least once. Returns False where messaging is disabled.
        Raises UnavailableError when the database is away.
        """
        ...


# Set for each request and each handled message, since no module owns a client.
current_outbox: ContextVar[Outbox] = ContextVar("outbox")
