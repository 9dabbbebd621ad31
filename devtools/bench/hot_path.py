"""Measure scenarios in rounds of short slices, so that load on the machine affects all equally."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from time import time
from typing import Any

from devtools.bench.jobs import Job, Outcome
from devtools.bench.load import LoadGenerator
from devtools.bench.scenarios import Scenario
from devtools.bench.statistics_of_rounds import percentile, spread
from devtools.bench.workers import Worker

CONNECTIONS = 32
# Share of the closed-loop throughput: high load, but no growing queue.
OPEN_LOOP_SHARE = 0.5
# Requests are built before a slice: this factor times the best throughput of the scenario.
REQUEST_HEADROOM = 3
WARM_UP_REQUESTS = 1000
# Each run starts at another number, so that no request repeats one of an earlier run.
FIRST_NUMBER = int(time()) % 1_000_000
PERCENTILES = {"p50": 0.5, "p90": 0.9, "p99": 0.99}


@dataclass
class Figures:
    """Measurements of one scenario: one value per round, and the latencies of all rounds."""

    scenario: str
    cpu_us: list[float] = field(default_factory=list)
    per_second: list[float] = field(default_factory=list)
    generator_share: list[float] = field(default_factory=list)
    open_rate: float = 0.0
    latencies_ms: list[float] = field(default_factory=list)

    def record(self, outcome: Outcome) -> None:
        self.cpu_us.append(outcome.cpu_seconds / outcome.requests * 1e6)
        self.per_second.append(outcome.requests / outcome.seconds)
        self.generator_share.append(outcome.own_cpu_seconds / outcome.seconds)

    @property
    def latency_ms(self) -> dict[str, float]:
        return {name: percentile(self.latencies_ms, share) for name, share in PERCENTILES.items()}

    def as_json(self) -> dict[str, Any]:
        latencies = {"count": len(self.latencies_ms), **self.latency_ms}
        return {**asdict(self), "latencies_ms": latencies}


class HotPath:
    def __init__(
        self,
        *,
        generator: LoadGenerator,
        workers: Mapping[str, Worker],
        tokens: Mapping[str, str],
        scenarios: Iterable[Scenario],
    ) -> None:
        self._generator = generator
        self._workers = workers
        self._tokens = tokens
        self._scenarios = list(scenarios)
        self._next_number = {scenario.name: FIRST_NUMBER for scenario in self._scenarios}
        self._best_rate: dict[str, float] = {}
        self.figures = {scenario.name: Figures(scenario.name) for scenario in self._scenarios}

    def warm_up(self, seconds: float) -> None:
        for scenario in self._scenarios:
            outcome = self.run_slice(scenario, seconds=seconds, max_requests=WARM_UP_REQUESTS)
            if scenario.choices:
                # Until the cache of the process holds what is requested most.
                self.run_slice(scenario, seconds=60, max_requests=len(scenario.choices) // 2)
            self._best_rate[scenario.name] = outcome.requests / outcome.seconds

    def run_closed_round(self, seconds: float) -> None:
        for scenario in self._scenarios:
            max_requests = round(REQUEST_HEADROOM * self._best_rate[scenario.name] * seconds)
            outcome = self.run_slice(scenario, seconds=seconds, max_requests=max_requests)
            self._best_rate[scenario.name] = max(
                self._best_rate[scenario.name], outcome.requests / outcome.seconds
            )
            self.figures[scenario.name].record(outcome)

    def run_open_round(self, seconds: float) -> None:
        for scenario in self._scenarios:
            figures = self.figures[scenario.name]
            figures.open_rate = OPEN_LOOP_SHARE * spread(figures.per_second).median
            outcome = self.run_slice(scenario, seconds=seconds, rate=figures.open_rate)
            figures.latencies_ms += [latency * 1000 for latency in outcome.latencies]

    def run_slice(
        self,
        scenario: Scenario,
        *,
        seconds: float,
        rate: float | None = None,
        max_requests: int | None = None,
    ) -> Outcome:
        job = make_job(
            scenario,
            worker=self._workers[scenario.worker],
            tokens=self._tokens,
            connections=CONNECTIONS,
            first_number=self._next_number[scenario.name],
        )
        outcome = self._generator.run(
            replace(job, seconds=seconds, rate=rate, max_requests=max_requests)
        )
        # Add the first request of each connection, which `outcome` does not count.
        self._next_number[scenario.name] += outcome.requests + CONNECTIONS
        return outcome


def make_job(
    scenario: Scenario,
    *,
    worker: Worker,
    tokens: Mapping[str, str],
    connections: int,
    first_number: int,
) -> Job:
    headers = dict(scenario.headers)
    if scenario.role is not None:
        headers["Authorization"] = f"Bearer {tokens[scenario.role]}"
    return Job(
        pid=worker.pid,
        port=worker.port,
        method=scenario.method,
        path=scenario.path,
        body=scenario.body,
        headers=headers,
        status=scenario.status,
        first_number=first_number,
        connections=connections,
        seconds=0,
        ids=scenario.ids,
        choices=scenario.choices,
    )
