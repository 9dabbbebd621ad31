"""The load generator, a process of its own: reads jobs as JSON lines, answers with outcomes.

Plain sockets and `select`, whose timeouts are exact to microseconds (epoll's and an event loop's
are whole milliseconds). In the open loop requests are due at a constant rate, whatever becomes of
the earlier ones, and a latency counts from the moment when its request was *due*: the time for
which a stalled server keeps requests from being sent is part of what their senders would wait.
"""

import json
import select
import sys
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from time import perf_counter, process_time

from devtools.bench.http_exchange import Exchange, make_requests
from devtools.bench.jobs import Job, Outcome

PATIENCE_SECONDS = 15
# More than any server here manages, so that requests never run out before the time does.
FASTEST = 25_000


class Load:
    """Runs one job, once each connection has seen its first answer."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._count = round((job.rate or FASTEST) * job.seconds)
        if job.most is not None:
            self._count = min(self._count, job.most)
        requests = make_requests(job, self._count + job.connections)
        self._requests = iter(requests[job.connections :])
        self._idle = deque(self._connected(requests[: job.connections]))
        self._busy: dict[Exchange, float] = {}
        self._latencies: list[float] = []
        self._statuses: Counter[int] = Counter()

    def run(self) -> Outcome:
        cpu, own, start = cpu_seconds(self._job.pid), process_time(), perf_counter()
        if self._job.rate is None:
            self._closed(start + self._job.seconds)
        else:
            self._open(start, 1 / self._job.rate)
        outcome = Outcome(
            requests=len(self._latencies),
            seconds=perf_counter() - start,
            cpu_seconds=cpu_seconds(self._job.pid) - cpu,
            own_cpu_seconds=process_time() - own,
            latencies=self._latencies,
            refused={
                str(status): number
                for status, number in self._statuses.items()
                if status != self._job.status
            },
        )
        for exchange in self._idle:
            exchange.close()
        return outcome

    def _connected(self, first: list[bytes]) -> list[Exchange]:
        exchanges = [Exchange(self._job.port) for _ in first]
        for exchange, request in zip(exchanges, first, strict=True):
            exchange.send(request)
            while exchange.receive() is None:
                pass
        return exchanges

    def _closed(self, deadline: float) -> None:
        while True:
            now = perf_counter()
            while self._idle and now < deadline and self._send(now):
                pass
            if not self._busy:
                return
            self._collect(PATIENCE_SECONDS)

    def _open(self, start: float, interval: float) -> None:
        sent = 0
        while sent < self._count or self._busy:
            due = start + sent * interval
            now = perf_counter()
            if sent < self._count and now >= due and self._idle:
                sent += self._send(due)
                continue
            can_wait = sent == self._count or not self._idle
            self._collect(PATIENCE_SECONDS if can_wait else max(0.0, due - now))

    def _send(self, intended: float) -> bool:
        request = next(self._requests, None)
        if request is None:
            return False
        exchange = self._idle.popleft()
        exchange.send(request)
        self._busy[exchange] = intended
        return True

    def _collect(self, seconds: float) -> None:
        ready, _, _ = select.select(self._busy, [], [], seconds)
        if not ready and seconds == PATIENCE_SECONDS:
            raise TimeoutError(f"{self._job.path}: no answer for {seconds} s")
        for exchange in ready:
            if (status := exchange.receive()) is not None:
                self._latencies.append(perf_counter() - self._busy.pop(exchange))
                self._statuses[status] += 1
                self._idle.append(exchange)


def cpu_seconds(pid: int) -> float:
    """Return what all threads of the process have used, exact to nanoseconds."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((each / "schedstat").read_text().split()[0]) for each in threads) / 1e9


def serve(read: Callable[[], str], write: Callable[[str], object]) -> None:
    while line := read():
        fields = json.loads(line)
        job = Job(**fields)
        write(json.dumps(asdict(Load(job).run())) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    serve(sys.stdin.readline, sys.stdout.write)
