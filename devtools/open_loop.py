"""Load generator process: sends requests when they are due, whatever the server does.

It reads one Load as JSON and writes one LoadResult as JSON. Latency counts from the due time of a
request. It thus includes the time for which no connection was free (no coordinated omission).
"""

import json
import selectors
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import perf_counter

from devtools.ports import LOOPBACK
from devtools.processes import die_with_parent

ROOT = Path(__file__).resolve().parents[1]
READ_BYTES = 1 << 18
# For responses that have not arrived when the last request has been sent.
GRACE_SECONDS = 3.0


@dataclass(frozen=True, kw_only=True)
class Load:
    """Requests to one server; `{n}` in path and body is the number of the request."""

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

    def make_request(self, number: int) -> bytes:
        n = str(self.first_number + number)
        path, body = self.path.replace("{n}", n), self.body.replace("{n}", n)
        headers = {"Host": LOOPBACK, **self.headers}
        if body:
            headers["Content-Length"] = str(len(body))
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"{self.method} {path} HTTP/1.1\r\n{lines}\r\n{body}".encode()


@dataclass(frozen=True, kw_only=True)
class LoadResult:
    """Latencies in seconds per status; requests that got no response are counted."""

    seconds: float
    latencies: dict[str, list[float]] = field(default_factory=dict)
    lost: int = 0

    def count(self, status: int) -> int:
        return len(self.latencies.get(str(status), ()))

    def per_second(self, status: int) -> float:
        return self.count(status) / self.seconds

    def percentile(self, status: int, share: float) -> float:
        ordered = sorted(self.latencies[str(status)])
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class _Client:
    """Connection with at most one request in flight."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._received = b""
        self._connect()

    def fileno(self) -> int:
        return self._socket.fileno()

    def send(self, request: bytes, due_at: float) -> None:
        self.due_at = due_at
        self._socket.sendall(request)

    def receive(self) -> int | None:
        """Return the status of a complete response, 0 if the server has closed, else None."""
        try:
            data = self._socket.recv(READ_BYTES)
        except ConnectionError:
            data = b""
        if not data:
            return 0
        self._received += data
        head, separator, rest = self._received.partition(b"\r\n\r\n")
        head = head.lower()
        if not separator or len(rest) < _content_length(head):
            return None
        self._received = b""
        self.is_closed = b"\r\nconnection: close" in head
        return int(head[9:12])

    def reconnect(self) -> None:
        self._socket.close()
        self._connect()

    def _connect(self) -> None:
        self._socket = socket.create_connection((LOOPBACK, self._port), timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._received = b""
        self.is_closed = False
        self.due_at = 0.0


def _content_length(head: bytes) -> int:
    _, _, rest = head.partition(b"\r\ncontent-length:")
    return int(rest.partition(b"\r\n")[0] or 0)


class _Run:
    def __init__(self, load: Load) -> None:
        self._load = load
        self._idle = deque(_Client(load.port) for _ in range(load.connections))
        self._selector = selectors.DefaultSelector()
        self._busy = 0
        self._number = 0
        self._result = LoadResult(seconds=load.seconds)
        self._lost = 0

    def run(self) -> LoadResult:
        start = perf_counter()
        end = start + self._load.seconds
        due = self._due_times(start, end)
        next_due = next(due)
        while (now := perf_counter()) < end or (self._busy and now < end + GRACE_SECONDS):
            while next_due <= now and self._idle:
                self._send(next_due)
                next_due = next(due)
            is_waiting = not self._idle or next_due == float("inf")
            self._receive(0.05 if is_waiting else max(0.0, next_due - now))
        missed = sum(1 for _ in iter(lambda: next(due), float("inf"))) + (next_due < end)
        is_open = self._load.rate is not None
        return LoadResult(
            seconds=self._load.seconds,
            latencies=self._result.latencies,
            lost=self._lost + self._busy + (missed if is_open else 0),
        )

    def _due_times(self, start: float, end: float) -> Iterator[float]:
        """Yield the times at which requests are due, then infinity."""
        if self._load.rate is None:
            while (now := perf_counter()) < end:
                yield now
        else:
            for number in range(round(self._load.rate * self._load.seconds)):
                yield start + number / self._load.rate
        while True:
            yield float("inf")

    def _send(self, due_at: float) -> None:
        client = self._idle.popleft()
        try:
            client.send(self._load.make_request(self._number), due_at)
        except ConnectionError:
            self._lost += 1
            client.reconnect()
            self._idle.append(client)
            return
        self._number += 1
        self._selector.register(client, selectors.EVENT_READ)
        self._busy += 1

    def _receive(self, timeout: float) -> None:
        for key, _ in self._selector.select(timeout):
            client = key.fileobj
            assert isinstance(client, _Client)  # noqa: S101 - what was registered
            if (status := client.receive()) is None:
                continue
            self._selector.unregister(client)
            self._busy -= 1
            if status:
                latency = perf_counter() - client.due_at
                self._result.latencies.setdefault(str(status), []).append(latency)
            else:
                self._lost += 1
            if not status or client.is_closed:
                client.reconnect()
            self._idle.append(client)


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
