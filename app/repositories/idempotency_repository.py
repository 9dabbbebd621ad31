from typing import Protocol

from app.models.idempotency import AnsweredRequest, KeyedRequest, StoredAnswer


class IdempotencyRepository(Protocol):
    """Where the answers to repeatable requests are kept, for 24 hours."""

    async def claim(self, request: KeyedRequest) -> bool:
        """Hold the caller's key until the transaction ends; False if somebody else does."""
        ...

    async def find(self, request: KeyedRequest) -> AnsweredRequest | None:
        """Look up what was answered under this caller's key."""
        ...

    async def add(self, request: KeyedRequest, answer: StoredAnswer) -> None:
        """Keep the answer, in the caller's transaction."""
        ...
