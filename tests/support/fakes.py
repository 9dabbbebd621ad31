"""In-memory adapters of the services' ports. They pass the contract suite of the real adapters."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from copy import deepcopy
from typing import Any, Protocol, TypeVar

from app.models.shared.event import Event
from app.models.shared.idempotency import CompletedRequest, IdempotentRequest, StoredResponse
from app.ports.audit_trail import AuditEntry

T = TypeVar("T")


class InMemoryStore(Protocol):
    rows: Any


class InMemoryTransactions:
    """Runs one transaction at a time. An exception restores every store."""

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

    async def record_all(self, entries: Iterable[AuditEntry]) -> None:
        self.rows.extend(entries)

    @property
    def actions(self) -> list[str]:
        return [entry.action for entry in self.rows]


class InMemoryEventPublisher:
    def __init__(self) -> None:
        self.rows: list[Event] = []

    async def publish(self, event: Event) -> None:
        self.rows.append(event)

    async def publish_all(self, events: Iterable[Event]) -> None:
        self.rows.extend(events)

    @property
    def names(self) -> list[str]:
        return [event.kind.name for event in self.rows]


class InMemoryIdempotencyRepository:
    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], CompletedRequest] = {}
        self.held_by_others: set[tuple[str, str]] = set()

    async def claim(self, request: IdempotentRequest) -> bool:
        return (request.caller, request.key) not in self.held_by_others

    async def find(self, request: IdempotentRequest) -> CompletedRequest | None:
        return self.rows.get((request.caller, request.key))

    async def add(self, request: IdempotentRequest, response: StoredResponse) -> None:
        self.rows[request.caller, request.key] = CompletedRequest(
            fingerprint=request.fingerprint, response=response
        )
