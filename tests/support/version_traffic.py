"""Clients that change few widgets, and clients that find stale reads of them."""

import asyncio
from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any, TypeAlias

import httpx

from tests.support.version_history import VersionHistory
from tests.widgets.factories import WIDGETS, widget_body

HOT = 4

OpenClient: TypeAlias = Callable[[], httpx.AsyncClient]


class VersionTraffic:
    """`open_client` returns a client with the rights of an admin. Readers pause between reads.

    Every request that is not served as expected fails the traffic.
    """

    def __init__(self, open_client: OpenClient, *, pause: float = 0) -> None:
        self.history = VersionHistory()
        self.statuses: Counter[int] = Counter()
        self._open_client = open_client
        self._pause = pause
        self._stopped = asyncio.Event()

    async def run(self, *, readers: int, writers: int) -> None:
        """Read and write until `stop`."""
        async with self._open_client() as client:
            for _ in range(HOT):
                await self._create(client)
        async with asyncio.TaskGroup() as group:
            for number in range(writers):
                group.create_task(self._write(_seeded(number)))
            group.create_task(self._add_and_remove())
            for number in range(readers):
                group.create_task(self._read(_seeded(number)))

    def stop(self) -> None:
        self._stopped.set()

    async def _request(
        self, client: httpx.AsyncClient, method: str, url: str, **options: Any
    ) -> httpx.Response:
        response = await client.request(method, url, **options)
        allowed = {200, 304, 404} if method == "GET" else {200, 201, 204}
        assert response.status_code in allowed, f"{method} {url}: {response.text}"
        self.statuses[response.status_code] += 1
        return response

    async def _create(self, client: httpx.AsyncClient) -> dict[str, Any]:
        response = await self._request(client, "POST", WIDGETS, json=widget_body())
        widget: dict[str, Any] = response.json()
        self.history.record(widget)
        return widget

    async def _write(self, random: Random) -> None:
        async with self._open_client() as client:
            while not self._stopped.is_set():
                url = f"{WIDGETS}/{random.randint(1, HOT)}"
                body = {"price": random.randint(1, 10**6)}
                response = await self._request(client, "PATCH", url, json=body)
                self.history.record(response.json())
                await asyncio.sleep(0.01)

    async def _add_and_remove(self) -> None:
        async with self._open_client() as client:
            while not self._stopped.is_set():
                widget = await self._create(client)
                await asyncio.sleep(0.02)
                self.history.record_removal_started(widget["id"])
                await self._request(client, "DELETE", f"{WIDGETS}/{widget['id']}")
                self.history.record_removal(widget["id"])

    async def _read(self, random: Random) -> None:
        """Read over one connection, as long as the server keeps it."""
        async with self._open_client() as client:
            while not self._stopped.is_set():
                await self._read_once(client, random)
                self.history.reads += 1
                await asyncio.sleep(self._pause)

    async def _read_once(self, client: httpx.AsyncClient, random: Random) -> None:
        required = self.history.before()
        if random.random() < 0.1:
            page = await self._request(client, "GET", WIDGETS, params={"page_size": 100})
            self.history.check_list(required, page.json()["items"])
            return
        identity = random.choice([*range(1, HOT + 1), max(required)])
        known = required[identity]
        headers = {"If-None-Match": f'"{known - 1}"'} if random.random() < 0.2 else {}
        response = await self._request(client, "GET", f"{WIDGETS}/{identity}", headers=headers)
        if response.status_code == 304:
            self.history.check(required, identity, known - 1)
        else:
            self.history.check(required, identity, response.json().get("version"))


def _seeded(number: int) -> Random:
    return Random(number)  # noqa: S311 - no secret
