"""What clients of a failing service saw, and whether the database agrees."""

import asyncio
import itertools
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import httpx

PRODUCTS = "/api/v1/products"

_numbers = itertools.count(1)


def unread() -> str:
    """Name a list that nobody has asked for yet, so that no cache answers for the database."""
    return f"{PRODUCTS}?max_price={10_000 + next(_numbers)}"


def product(name: str) -> dict[str, object]:
    """Make one without `sku`: nothing but the service keeps it from being stored twice."""
    return {
        "name": name,
        "category": "Notebooks",
        "unit": "Piece",
        "business_unit": "Workplace",
        "location": "EU",
        "price": 10.5,
        "product_type": "HW",
    }


def require_unavailable(answer: httpx.Response) -> None:
    """Check that it is a problem document a client can act upon."""
    assert answer.status_code in {503, 504}, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert int(answer.headers["Retry-After"]) >= 1
    assert answer.headers["X-Request-ID"] == answer.json()["request_id"]
    assert "postgresql://" not in answer.text


@dataclass
class Traffic:
    """Clients that read and write without pause, until told to stop."""

    client: httpx.AsyncClient
    statuses: Counter[int] = field(default_factory=Counter)
    acknowledged: list[str] = field(default_factory=list)
    is_over: bool = False
    _counted_from: float = 0

    def count_anew(self) -> None:
        """Forget what was answered, and what was asked so far: it may end in any old way."""
        self.statuses.clear()
        self._counted_from = time.monotonic()

    async def run(self, clients: int) -> None:
        async with asyncio.TaskGroup() as group:
            for number in range(clients):
                group.create_task(self._write(number) if number % 2 else self._read())

    async def _write(self, writer: int) -> None:
        for number in itertools.count():
            if self.is_over:
                return
            name = f"writer {writer} product {number}"
            began = time.monotonic()
            answer = await self.client.post(PRODUCTS, json=product(name))
            if answer.status_code == 201:
                self.acknowledged.append(name)
            await self._note(answer, began)

    async def _read(self) -> None:
        while not self.is_over:
            began = time.monotonic()
            await self._note(await self.client.get(unread()), began)

    async def _note(self, answer: httpx.Response, began: float) -> None:
        if began >= self._counted_from:
            self.statuses[answer.status_code] += 1
        if answer.status_code not in {200, 201}:
            require_unavailable(answer)
            # A client that heeds nothing would only measure its own speed.
            await asyncio.sleep(0.05)


async def require_exactly_once(database_url: str, acknowledged: list[str]) -> None:
    """Check that what was acknowledged is there once, and everything with one audit row."""
    connection = await asyncpg.connect(database_url)
    rows: list[Any] = await connection.fetch("""
        SELECT p.name, count(a.id) AS audited FROM products p
        FULL JOIN audit_log a ON a.resource = 'products/' || p.id
        GROUP BY p.id, p.name
    """)
    await connection.close()
    stored = Counter(row["name"] for row in rows)
    assert set(acknowledged) <= set(stored)
    assert set(stored.values()) <= {1}
    assert {row["audited"] for row in rows} <= {1}
