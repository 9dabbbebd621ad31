"""Measure what is served when far more requests arrive than the service can serve.

The peak is measured in each round, so that load on the machine affects both values.
"""

import http.client
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from threading import Event, Thread

from devtools.bench import scenarios
from devtools.bench.hot_path import FIRST_NUMBER
from devtools.bench.scenarios import Scenario
from devtools.bench.statistics_of_rounds import percentile, spread
from devtools.bench.targets import TargetResult
from devtools.bench.testbed import HOT_PATH_DATABASE, Testbed, run_workers
from devtools.bench.workers import Worker
from devtools.open_loop import Load, LoadResult, run_load
from devtools.ports import LOOPBACK

FACTOR = 10
PEAK_CONNECTIONS, CONNECTIONS = 24, 1000
# Requests that wait for 0.8 s occupy as many connections as are served in this time. The others
# must carry the refusals, or requests are not sent when they are due.
OPEN_LOOP_CONNECTIONS = 3000
UNAVAILABLE = 503
PROBE_INTERVAL_SECONDS = 0.05
# The reciprocal of 90 %.
PEAK_RATIO_LIMIT, REFUSAL_LIMIT_MS, LIVE_LIMIT_MS = 1.11, 10.0, 50.0
MEASURED = (scenarios.LIST, scenarios.PATCH, scenarios.POST)
# No request repeats one of an earlier run, nor one of the hot path.
_first_numbers = count(FIRST_NUMBER + 10_000_000, 200_000)


@dataclass
class Overload:
    """One value per round: the peak in relation to what is served, and medians in ms."""

    many_connections: dict[str, list[float]] = field(default_factory=dict)
    open_loop: dict[str, list[float]] = field(default_factory=dict)
    refusal_ms: list[float] = field(default_factory=list)
    live_ms: list[float] = field(default_factory=list)

    def results(self) -> list[TargetResult]:
        beyond = f"at {FACTOR} times the load"
        rows = [
            *(
                TargetResult(
                    f"{name}, {CONNECTIONS} connections",
                    f"{PEAK_CONNECTIONS} connections",
                    spread(values),
                    PEAK_RATIO_LIMIT,
                )
                for name, values in self.many_connections.items()
            ),
            *(
                TargetResult(f"{name} {beyond}", "peak", spread(values), PEAK_RATIO_LIMIT)
                for name, values in self.open_loop.items()
            ),
        ]
        if self.refusal_ms:
            refusal, live = spread(self.refusal_ms), spread(self.live_ms)
            rows.append(TargetResult(f"refusal {beyond}", "", refusal, REFUSAL_LIMIT_MS, "ms"))
            rows.append(TargetResult(f"`/health/live` {beyond}", "", live, LIVE_LIMIT_MS, "ms"))
        return rows


def measure_overload(testbed: Testbed, *, rounds: int, seconds: float) -> Overload:
    overload = Overload()
    worker = testbed.make_service(HOT_PATH_DATABASE, REDIS_URL="")
    with run_workers([worker]):
        for _ in range(rounds):
            for scenario in scenarios.REQUESTS:
                if scenario.name in MEASURED:
                    _measure_round(testbed, worker, scenario, seconds, overload)
    return overload


def _measure_round(
    testbed: Testbed, worker: Worker, scenario: Scenario, seconds: float, overload: Overload
) -> None:
    def run(connections: int, rate: float | None = None) -> LoadResult:
        load = _make_load(testbed, worker, scenario, seconds, connections, rate)
        return run_load(load)

    peak = run(PEAK_CONNECTIONS).per_second(scenario.status)
    served = run(CONNECTIONS).per_second(scenario.status)
    overload.many_connections.setdefault(scenario.name, []).append(peak / served)
    with _probe_liveness(worker) as latencies:
        beyond = run(OPEN_LOOP_CONNECTIONS, FACTOR * peak)
    served = beyond.per_second(scenario.status)
    overload.open_loop.setdefault(scenario.name, []).append(peak / served)
    overload.refusal_ms.append(beyond.percentile(UNAVAILABLE, 0.5) * 1000)
    overload.live_ms.append(percentile(latencies, 0.5) * 1000)


def _make_load(
    testbed: Testbed,
    worker: Worker,
    scenario: Scenario,
    seconds: float,
    connections: int,
    rate: float | None,
) -> Load:
    assert scenario.role is not None  # noqa: S101 - those of MEASURED
    headers = {"Authorization": f"Bearer {testbed.tokens[scenario.role]}"}
    return Load(
        port=worker.port,
        method=scenario.method,
        path=scenario.path,
        body=scenario.body,
        headers=headers | {"Content-Type": "application/json"},
        first_number=next(_first_numbers),
        ids=scenario.ids,
        seconds=seconds,
        connections=connections,
        rate=rate,
    )


@contextmanager
def _probe_liveness(worker: Worker) -> Iterator[list[float]]:
    """Probe over new connections, as an orchestrator does."""
    latencies: list[float] = []
    is_over = Event()

    def probe() -> None:
        while not is_over.wait(PROBE_INTERVAL_SECONDS):
            started = time.perf_counter()
            connection = http.client.HTTPConnection(LOOPBACK, worker.port, timeout=30)
            connection.request("GET", "/health/live")
            connection.getresponse().read()
            connection.close()
            latencies.append(time.perf_counter() - started)

    thread = Thread(target=probe)
    thread.start()
    try:
        yield latencies
    finally:
        is_over.set()
        thread.join()
