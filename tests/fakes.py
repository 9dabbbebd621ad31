"""The ports of the services, kept in memory: they pass the contract suite of the real adapters."""

import asyncio
from collections.abc import Awaitable, Callable
from copy import deepcopy
from dataclasses import asdict, replace
from datetime import UTC, datetime
from itertools import count
from typing import Any, Protocol, TypeVar

from app.exceptions.products.product_exceptions import ProductNotFoundError, SkuTakenError
from app.infrastructure.logging.audit_trail import AuditEntry
from app.models.event import Event
from app.models.idempotency import AnsweredRequest, KeyedRequest, StoredAnswer
from app.models.listing import ListQuery, Page, Position
from app.models.products.product import NewProduct, Product

T = TypeVar("T")

COUNTED = 10_000


class InMemoryProductRepository:
    def __init__(self) -> None:
        self.rows: dict[int, Product] = {}
        self._ids = count(1)

    async def add(self, new: NewProduct) -> Product:
        if new.sku is not None and any(row.sku == new.sku for row in self.rows.values()):
            raise SkuTakenError(new.sku)
        now = datetime.now(UTC)
        stamps: dict[str, Any] = {
            "id": next(self._ids),
            "created_at": now,
            "updated_at": now,
            "version": 1,
        }
        product = Product(**asdict(new), **stamps)
        self.rows[product.id] = product
        return product

    async def get(self, product_id: int) -> Product:
        if product_id not in self.rows:
            raise ProductNotFoundError(product_id)
        return self.rows[product_id]

    async def get_for_update(self, product_id: int) -> Product:
        return await self.get(product_id)

    async def update(self, product: Product) -> Product:
        kept = await self.get(product.id)
        changed = replace(product, version=kept.version + 1, updated_at=datetime.now(UTC))
        self.rows[product.id] = changed
        return changed

    async def remove(self, product_id: int) -> None:
        await self.get(product_id)
        del self.rows[product_id]

    async def list(self, query: ListQuery) -> Page[Product]:
        matches = sorted(
            (row for row in self.rows.values() if _matches(row, query)),
            key=lambda row: _position(row, query),
            reverse=query.descending,
        )
        rest = [row for row in matches if _is_after(row, query)][query.offset :]
        items = tuple(rest[: query.limit])
        is_exact = query.exact_total or len(matches) <= COUNTED
        return Page(
            items=items,
            total=len(matches) if is_exact else COUNTED,
            total_is_exact=is_exact,
            next_position=_position(items[-1], query) if len(rest) > len(items) else None,
        )


def _matches(product: Product, query: ListQuery) -> bool:
    wanted: dict[str, Any] = dict(query.filters)
    lowest, highest = wanted.pop("min_price", None), wanted.pop("max_price", None)
    texts = (product.name, product.sku or "", product.description or "")
    return (
        all(getattr(product, name) == value for name, value in wanted.items())
        and (lowest is None or product.price >= lowest)
        and (highest is None or product.price <= highest)
        and (query.search is None or any(query.search.lower() in text.lower() for text in texts))
    )


def _position(product: Product, query: ListQuery) -> Position:
    return getattr(product, query.sort_by), product.id


def _is_after(product: Product, query: ListQuery) -> bool:
    if query.after is None:
        return True
    here: Any = _position(product, query)
    return bool(here < query.after if query.descending else here > query.after)


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
