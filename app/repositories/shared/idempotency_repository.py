from typing import Protocol

from app.models.shared.idempotency import CompletedRequest, IdempotentRequest, StoredResponse


class IdempotencyRepository(Protocol):
    """Repository of the responses to requests with an Idempotency-Key, kept for 24 hours."""

    async def claim(self, request: IdempotentRequest) -> bool:
        """Lock the key until the transaction ends; return False if another transaction holds it."""
        ...

    async def find(self, request: IdempotentRequest) -> CompletedRequest | None:
        """Find the response stored for this caller and key."""
        ...

    async def add(self, request: IdempotentRequest, response: StoredResponse) -> None:
        """Store the response in the current transaction."""
        ...
