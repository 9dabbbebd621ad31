"""Send traffic to a service that Prometheus scrapes, and query Prometheus."""

import asyncio
import math
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx

from devtools.ports import LOOPBACK
from devtools.postgres import PrivatePostgres
from devtools.private_auth import PrivateAuthService
from devtools.prometheus import PrivatePrometheus
from devtools.valkey import PrivateValkey
from tests.support.other_service import OtherService
from tests.support.server import Server
from tests.support.traffic import uncached_list_url
from tests.widgets.factories import WIDGETS, widget_body

SECONDS = 60
BURST = 150


@dataclass(frozen=True)
class ObservedService:
    service: Server
    prometheus: PrivatePrometheus
    postgres: PrivatePostgres
    valkey: PrivateValkey
    broker_url: str
    name: str
    auth: PrivateAuthService
    metrics_ports: tuple[int, ...]

    def send_traffic(self) -> None:
        """Use every part of the service whose metrics are shown."""
        with self.service.client(self._new_token()) as admin:
            body = widget_body(code=str(uuid4()))
            widget = admin.post(WIDGETS, json=body).json()
            path = f"{WIDGETS}/{widget['id']}"
            admin.post(WIDGETS, json=body)
            admin.patch(path, json={"price": 3}, headers={"If-Match": '"1"'})
            for _ in range(20):
                admin.get(path)
                admin.get(uncached_list_url())
        with self.service.client("not-a-token") as unknown:
            unknown.get(path)
            unknown.get("/no-such-path")
        self._send_invalid_http()
        asyncio.run(self._send_burst())
        asyncio.run(self._send_messages(widget["id"]))

    def interrupt_servers(self) -> None:
        """Stop Redis and PostgreSQL, let requests fail, and start both again."""
        servers = (self.valkey, self.postgres)
        for server in servers:
            server.stop()
            self._request(times=5)
        for server in servers:
            server.start()
        self.request_until(self._is_ready)

    def _request(self, times: int) -> None:
        with self.service.client(self._new_token()) as admin:
            for _ in range(times):
                admin.get(uncached_list_url())

    def _new_token(self) -> str:
        """Return the token of a caller that is not in the cache, so the auth service is called."""
        return self.auth.token("admin", username=str(uuid4()))

    def _is_ready(self) -> bool:
        with self.service.client() as client:
            return client.get("/health/ready").status_code == 200

    def _send_invalid_http(self) -> None:
        with socket.create_connection((LOOPBACK, self.service.port), timeout=10) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
            connection.recv(1024)

    async def _send_burst(self) -> None:
        """Send more requests at once than the workers run, so that some wait for admission."""
        async with self.service.async_client(self._new_token()) as admin:
            await asyncio.gather(*(admin.get(uncached_list_url()) for _ in range(BURST)))

    async def _send_messages(self, widget_id: int) -> None:
        async with OtherService.connected(self.broker_url, self.name) as other:
            event = {"event": "inventory.widget_changed", "widget_id": widget_id, "in_stock": True}
            await other.send(event)
            await other.send_raw(b"not JSON")

    def query(self, expression: str) -> list[dict[str, Any]]:
        """Return the series of an instant query that have a number."""
        found = httpx.get(
            f"{self.prometheus.url}/api/v1/query", params={"query": expression}, trust_env=False
        ).json()
        assert found["status"] == "success", f"{expression}: {found}"
        series: list[dict[str, Any]] = found["data"]["result"]
        return [each for each in series if not math.isnan(float(each["value"][1]))]

    def firing(self) -> dict[str, dict[str, Any]]:
        """Return the firing alerts by name."""
        found = httpx.get(f"{self.prometheus.url}/api/v1/alerts", trust_env=False).json()
        return {
            alert["labels"]["alertname"]: alert
            for alert in found["data"]["alerts"]
            if alert["state"] == "firing"
        }

    def request_until(self, condition: Callable[[], bool]) -> None:
        """Send one request after another until the condition is true."""
        deadline = time.monotonic() + SECONDS
        while not condition():
            assert time.monotonic() < deadline, f"firing: {list(self.firing())}"
            self._request(times=1)
