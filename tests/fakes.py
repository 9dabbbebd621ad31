"""The ports of the services, kept in memory: they pass the contract suite of the real adapters."""

import asyncio
from collections.abc import Awaitable, Callable
from copy import deepcopy
from typing import Any, Protocol, TypeVar

from app.infrastructure.logging.audit_trail import AuditEntry
from app.models.event import Event
from app.models.idempotency import AnsweredRequest, KeyedRequest, StoredAnswer

T = TypeVar("T")


class InMemoryStore(Protocol):
    rows: Any


class InMemoryTransactions:
    """One at a time; what raises leaves every store as it was."""

    def __init__(self, *stores: InMemoryStore) -> None:
        self._stores = stores
        self._turn = asyncio.Lock()
        self._owner: asyncio.Task[Any] | None = None
        self.committed = 0

    async def run(self, work: Callable[[], Awaitable[T]]) -> T:
        if self._owner is asyncio.current_task():
            return await work()
        async with self._turn:
            self._owner = asyncio.current_task()
            try:
                return await self._run_alone(work)
            finally:
                self._owner = None

    async def _run_alone(self, work: Callable[[], Awaitable[T]]) -> T:
        before = [deepcopy(store.rows) for store in self._stores]
        try:
            result = await work()
        except BaseException:
            for store, rows in zip(self._stores, before, strict=True):
                store.rows = rows
            raise
        self.committed += 1
        return result


class InMemoryAuditTrail:
    def __init__(self) -> None:
        self.rows: list[AuditEntry] = []

    async def record(self, entry: AuditEntry) -> None:
        self.rows.append(entry)

    @property
    def actions(self) -> list[str]:
        return [entry.action for entry in self.rows]


class InMemoryEventPublisher:
    def __init__(self) -> None:
        self.rows: list[Event] = []

    async def publish(self, event: Event) -> None:
        self.rows.append(event)

    @property
    def names(self) -> list[str]:
        return [event.kind.name for event in self.rows]


class InMemoryIdempotencyRepository:
    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], AnsweredRequest] = {}
        self.held_by_others: set[tuple[str, str]] = set()

    async def claim(self, request: KeyedRequest) -> bool:
        return (request.caller, request.key) not in self.held_by_others

    async def find(self, request: KeyedRequest) -> AnsweredRequest | None:
        return self.rows.get((request.caller, request.key))

    async def add(self, request: KeyedRequest, answer: StoredAnswer) -> None:
        self.rows[request.caller, request.key] = AnsweredRequest(
            fingerprint=request.fingerprint, answer=answer
        )
