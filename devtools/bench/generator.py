"""Load generator process: reads jobs as JSON lines and writes outcomes as JSON lines.

It uses plain sockets and `select`, whose timeouts are exact to microseconds. Those of epoll and of
event loops are whole milliseconds. In the open loop, requests are scheduled at a constant rate,
independent of earlier responses. Latency counts from the *scheduled* time of a request. It thus
includes the time in which a stalled server delays sending (no coordinated omission).
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

RESPONSE_TIMEOUT_SECONDS = 15
# Above the throughput of every measured server: the time ends before the requests run out.
MAX_REQUESTS_PER_SECOND = 25_000


class LoadRun:
    """Run one job. Each connection first receives one response, which is not counted."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._count = round((job.rate or MAX_REQUESTS_PER_SECOND) * job.seconds)
        if job.max_requests is not None:
            self._count = min(self._count, job.max_requests)
        requests = make_requests(job, self._count + job.connections)
        self._requests = iter(requests[job.connections :])
        self._idle = deque(self._open_connections(requests[: job.connections]))
        self._busy: dict[Exchange, float] = {}
        self._latencies: list[float] = []
        self._statuses: Counter[int] = Counter()

    def run(self) -> Outcome:
        cpu, own_cpu, start = cpu_seconds(self._job.pid), process_time(), perf_counter()
        if self._job.rate is None:
            self._run_closed_loop(start + self._job.seconds)
        else:
            self._run_open_loop(start, 1 / self._job.rate)
        outcome = Outcome(
            requests=len(self._latencies),
            seconds=perf_counter() - start,
            cpu_seconds=cpu_seconds(self._job.pid) - cpu,
            own_cpu_seconds=process_time() - own_cpu,
            latencies=self._latencies,
            unexpected_statuses={
                str(status): number
                for status, number in self._statuses.items()
                if status != self._job.status
            },
        )
        for exchange in self._idle:
            exchange.close()
        return outcome

    def _open_connections(self, first_requests: list[bytes]) -> list[Exchange]:
        exchanges = [Exchange(self._job.port) for _ in first_requests]
        for exchange, request in zip(exchanges, first_requests, strict=True):
            exchange.send(request)
            while exchange.receive() is None:
                pass
        return exchanges

    def _run_closed_loop(self, deadline: float) -> None:
        while True:
            now = perf_counter()
            while self._idle and now < deadline and self._send(now):
                pass
            if not self._busy:
                return
            self._receive_responses(RESPONSE_TIMEOUT_SECONDS)

    def _run_open_loop(self, start: float, interval: float) -> None:
        sent = 0
        while sent < self._count or self._busy:
            due_at = start + sent * interval
            now = perf_counter()
            if sent < self._count and now >= due_at and self._idle:
                sent += self._send(due_at)
                continue
            can_wait = sent == self._count or not self._idle
            self._receive_responses(
                RESPONSE_TIMEOUT_SECONDS if can_wait else max(0.0, due_at - now)
            )

    def _send(self, scheduled_at: float) -> bool:
        request = next(self._requests, None)
        if request is None:
            return False
        exchange = self._idle.popleft()
        exchange.send(request)
        self._busy[exchange] = scheduled_at
        return True

    def _receive_responses(self, timeout_seconds: float) -> None:
        ready, _, _ = select.select(self._busy, [], [], timeout_seconds)
        if not ready and timeout_seconds == RESPONSE_TIMEOUT_SECONDS:
            raise TimeoutError(f"{self._job.path}: no response for {timeout_seconds} s")
        for exchange in ready:
            if (status := exchange.receive()) is not None:
                self._latencies.append(perf_counter() - self._busy.pop(exchange))
                self._statuses[status] += 1
                self._idle.append(exchange)


def cpu_seconds(pid: int) -> float:
    """Return the CPU time of all threads of the process, exact to nanoseconds."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((each / "schedstat").read_text().split()[0]) for each in threads) / 1e9


def serve(read: Callable[[], str], write: Callable[[str], object]) -> None:
    while line := read():
        fields = json.loads(line)
        job = Job(**fields)
        write(json.dumps(asdict(LoadRun(job).run())) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    serve(sys.stdin.readline, sys.stdout.write)
