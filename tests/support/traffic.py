"""Send requests to a failing service, and check its responses and its database."""

import asyncio
import itertools
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import httpx

WIDGETS = "/api/v1/widgets"

_numbers = itertools.count(1)


def uncached_list_url() -> str:
    """Return the URL of a list that is in no cache."""
    return f"{WIDGETS}?max_price={10_000 + next(_numbers)}"


def make_widget_body(name: str) -> dict[str, object]:
    """Return a body without `code`, so that no unique index prevents a duplicate."""
    return {"name": name, "category": "Notebooks", "price": 10.5, "kind": "HW"}


def require_unavailable(response: httpx.Response) -> None:
    """Check that the response is a 503 or 504 problem document with Retry-After."""
    assert response.status_code in {503, 504}, response.text
    assert response.headers["Content-Type"] == "application/problem+json"
    assert int(response.headers["Retry-After"]) >= 1
    assert response.headers["X-Request-ID"] == response.json()["request_id"]
    assert "postgresql://" not in response.text


@dataclass
class Traffic:
    """Clients that read and write without pause until `is_stopped`."""

    client: httpx.AsyncClient
    statuses: Counter[int] = field(default_factory=Counter)
    acknowledged: list[str] = field(default_factory=list)
    is_stopped: bool = False
    _counted_from: float = 0

    def reset_counts(self) -> None:
        """Reset the counts. Requests that have already started are no longer counted."""
        self.statuses.clear()
        self._counted_from = time.monotonic()

    async def run(self, clients: int) -> None:
        async with asyncio.TaskGroup() as group:
            for number in range(clients):
                group.create_task(self._write(number) if number % 2 else self._read())

    async def _write(self, writer: int) -> None:
        for number in itertools.count():
            if self.is_stopped:
                return
            name = f"writer {writer} widget {number}"
            began = time.monotonic()
            response = await self.client.post(WIDGETS, json=make_widget_body(name))
            if response.status_code == 201:
                self.acknowledged.append(name)
            await self._record(response, began)

    async def _read(self) -> None:
        while not self.is_stopped:
            began = time.monotonic()
            await self._record(await self.client.get(uncached_list_url()), began)

    async def _record(self, response: httpx.Response, began: float) -> None:
        if began >= self._counted_from:
            self.statuses[response.status_code] += 1
        if response.status_code not in {200, 201}:
            require_unavailable(response)
            # Clients without a pause would leave the service no time: they run in its process.
            await asyncio.sleep(0.2)


async def require_exactly_once(database_url: str, acknowledged: list[str]) -> None:
    """Check that each acknowledged row is stored once, and each row has one audit row."""
    connection = await asyncpg.connect(database_url)
    rows: list[Any] = await connection.fetch("""
        SELECT p.name, count(a.id) AS audited FROM widgets p
        FULL JOIN audit_log a ON a.resource = 'widgets/' || p.id
        GROUP BY p.id, p.name
    """)
    await connection.close()
    stored = Counter(row["name"] for row in rows)
    assert set(acknowledged) <= set(stored)
    assert set(stored.values()) <= {1}
    assert {row["audited"] for row in rows} <= {1}
