"""Load generator process: sends requests when they are due, whatever the server does.

It reads one Load as JSON and writes one LoadResult as JSON. Latency counts from the due time of a
request. It thus includes the time for which no connection was free (no coordinated omission).
"""

import json
import selectors
import subprocess
import sys
from collections import deque
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from time import perf_counter

from devtools.load_connection import LoadConnection
from devtools.ports import LOOPBACK
from devtools.processes import die_with_parent

ROOT = Path(__file__).resolve().parents[1]
# For responses that have not arrived when the last request has been sent.
GRACE_SECONDS = 3.0
# Prices vary by less than 20 %, so that no update is a large price change.
PRICE_COUNT = 1999


@dataclass(frozen=True, kw_only=True)
class Load:
    """Requests to one server; placeholders in path and body depend on the number of the request.

    `{n}` is the number, `{id}` cycles through `ids` (first, count), and `{cents}` is a price that
    differs from the previous one of the same ID.
    """

    port: int
    path: str
    seconds: float
    connections: int
    # Requests per second; None: closed loop, each connection sends after its last response.
    rate: float | None = None
    method: str = "GET"
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    first_number: int = 1
    ids: tuple[int, int] = (1, 1)

    def make_request(self, number: int) -> bytes:
        n = self.first_number + number
        path, body = self._fill(self.path, n), self._fill(self.body, n)
        length = f"Content-Length: {len(body)}\r\n" if body else ""
        return f"{self.method} {path} HTTP/1.1\r\n{self._lines}{length}\r\n{body}".encode()

    @cached_property
    def _lines(self) -> str:
        headers = {"Host": LOOPBACK, **self.headers}
        return "".join(f"{name}: {value}\r\n" for name, value in headers.items())

    def _fill(self, text: str, n: int) -> str:
        if "{" not in text:
            return text
        first, count = self.ids
        cents = f"{100 + n % PRICE_COUNT / 100:.2f}"
        text = text.replace("{n}", str(n)).replace("{id}", str(first + n % count))
        return text.replace("{cents}", cents)


@dataclass(frozen=True, kw_only=True)
class LoadResult:
    """Latencies in seconds per status; requests that got no response are counted.

    `in_time` has the number of responses per status that came before `seconds` were over.
    """

    seconds: float
    latencies: dict[str, list[float]] = field(default_factory=dict)
    in_time: dict[str, int] = field(default_factory=dict)
    lost: int = 0

    def count(self, status: int) -> int:
        return len(self.latencies.get(str(status), ()))

    def per_second(self, status: int) -> float:
        """Return a rate without the responses that came when no request was sent any more."""
        return self.in_time.get(str(status), 0) / self.seconds

    def percentile(self, status: int, share: float) -> float:
        ordered = sorted(self.latencies[str(status)])
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class _Run:
    def __init__(self, load: Load) -> None:
        self._load = load
        self._selector = selectors.DefaultSelector()
        self._idle: deque[LoadConnection] = deque()
        self._end = 0.0
        for _ in range(load.connections):
            self._add(LoadConnection(load.port))
        self._number = 0
        self._latencies: dict[str, list[float]] = {}
        self._in_time: dict[str, int] = {}
        self._lost = 0

    def run(self) -> LoadResult:
        start = perf_counter()
        self._end = start + self._load.seconds
        if self._load.rate is None:
            self._send_whenever_possible()
            missed = 0
        else:
            missed = self._send_when_due(start, self._load.rate)
        while self._busy and perf_counter() < self._end + GRACE_SECONDS:
            self._receive(0.05)
        return LoadResult(
            seconds=self._load.seconds,
            latencies=self._latencies,
            in_time=self._in_time,
            lost=self._lost + self._busy + missed,
        )

    @property
    def _busy(self) -> int:
        return self._load.connections - len(self._idle)

    def _send_whenever_possible(self) -> None:
        while (now := perf_counter()) < self._end:
            while self._idle:
                self._send(now)
            self._receive(self._end - now)

    def _send_when_due(self, start: float, rate: float) -> int:
        """Return the number of requests for which no connection was free until the end."""
        count, sent = round(rate * self._load.seconds), 0
        while sent < count and (now := perf_counter()) < self._end + GRACE_SECONDS:
            while self._idle and sent < count and start + sent / rate <= now:
                self._send(start + sent / rate)
                sent += 1
            self._receive(start + sent / rate - now if self._idle else 0.05)
        return count - sent

    def _send(self, due_at: float) -> None:
        connection = self._idle.popleft()
        try:
            connection.send(self._load.make_request(self._number), due_at)
        except ConnectionError:
            self._lost += 1
            self._replace(connection)
            return
        self._number += 1

    def _receive(self, timeout: float) -> None:
        for key, _ in self._selector.select(max(0.0, timeout)):
            connection = key.fileobj
            assert isinstance(connection, LoadConnection)  # noqa: S101 - what was registered
            status = connection.receive()
            if status is None:
                continue
            if connection.due_at:
                self._record(connection, status)
            if not status or connection.is_closed:
                self._replace(connection)
            else:
                connection.due_at = 0.0
                self._idle.append(connection)

    def _record(self, connection: LoadConnection, status: int) -> None:
        if not status:
            self._lost += 1
            return
        now, name = perf_counter(), str(status)
        self._latencies.setdefault(name, []).append(now - connection.due_at)
        if now < self._end:
            self._in_time[name] = self._in_time.get(name, 0) + 1

    def _replace(self, connection: LoadConnection) -> None:
        """Connect again. What the server has closed while no request was in flight is no loss."""
        if not connection.due_at and connection in self._idle:
            self._idle.remove(connection)
        self._selector.unregister(connection)
        connection.close()
        connection.connect()
        self._add(connection)

    def _add(self, connection: LoadConnection) -> None:
        self._selector.register(connection, selectors.EVENT_READ)
        self._idle.append(connection)


def run_load(load: Load) -> LoadResult:
    """Send the requests from a child process, and wait until it has ended."""
    process = subprocess.run(  # noqa: S603 - our own module
        die_with_parent([sys.executable, "-m", "devtools.open_loop"]),
        cwd=ROOT,
        input=json.dumps(asdict(load)),
        capture_output=True,
        text=True,
        check=True,
    )
    return LoadResult(**json.loads(process.stdout))


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(_Run(Load(**json.load(sys.stdin))).run())))
