"""Rounds of short slices, one of each subject after the other, so that all see one machine."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from time import time
from typing import Any

from devtools.bench.jobs import Job, Outcome
from devtools.bench.load import Generator
from devtools.bench.statistics_of_rounds import percentile, spread
from devtools.bench.subjects import Subject
from devtools.bench.workers import Worker

CONNECTIONS = 32
# Of the throughput in the closed loop: busy, but no queue of its own making.
OPEN_LOAD = 0.5
# Requests are made before a slice begins: so many times what the subject managed at its best.
ROOM = 3
WARMING_REQUESTS = 1000
# Each run begins elsewhere, and so asks for nothing that an earlier one asked for.
FIRST = int(time()) % 1_000_000
PERCENTILES = {"p50": 0.5, "p90": 0.9, "p99": 0.99}


@dataclass
class Figures:
    """Of one subject; one value per round, latencies of all rounds together."""

    subject: str
    cpu_us: list[float] = field(default_factory=list)
    per_second: list[float] = field(default_factory=list)
    generator_share: list[float] = field(default_factory=list)
    open_rate: float = 0.0
    latencies_ms: list[float] = field(default_factory=list)

    def note(self, outcome: Outcome) -> None:
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
        generator: Generator,
        workers: Mapping[str, Worker],
        tokens: Mapping[str, str],
        subjects: Iterable[Subject],
    ) -> None:
        self._generator = generator
        self._workers = workers
        self._tokens = tokens
        self._subjects = list(subjects)
        self._asked = {subject.name: FIRST for subject in self._subjects}
        self._fastest: dict[str, float] = {}
        self.figures = {subject.name: Figures(subject.name) for subject in self._subjects}

    def warm_up(self, seconds: float) -> None:
        for subject in self._subjects:
            outcome = self.slice(subject, seconds=seconds, most=WARMING_REQUESTS)
            self._fastest[subject.name] = outcome.requests / outcome.seconds

    def closed_round(self, seconds: float) -> None:
        for subject in self._subjects:
            most = round(ROOM * self._fastest[subject.name] * seconds)
            outcome = self.slice(subject, seconds=seconds, most=most)
            self._fastest[subject.name] = max(
                self._fastest[subject.name], outcome.requests / outcome.seconds
            )
            self.figures[subject.name].note(outcome)

    def open_round(self, seconds: float) -> None:
        for subject in self._subjects:
            figures = self.figures[subject.name]
            figures.open_rate = OPEN_LOAD * spread(figures.per_second).median
            outcome = self.slice(subject, seconds=seconds, rate=figures.open_rate)
            figures.latencies_ms += [latency * 1000 for latency in outcome.latencies]

    def slice(
        self,
        subject: Subject,
        *,
        seconds: float,
        rate: float | None = None,
        most: int | None = None,
    ) -> Outcome:
        job = job_of(
            subject,
            worker=self._workers[subject.server],
            tokens=self._tokens,
            connections=CONNECTIONS,
            first=self._asked[subject.name],
        )
        outcome = self._generator.run(replace(job, seconds=seconds, rate=rate, most=most))
        # Those that open a connection are not counted.
        self._asked[subject.name] += outcome.requests + CONNECTIONS
        return outcome


def job_of(
    subject: Subject, *, worker: Worker, tokens: Mapping[str, str], connections: int, first: int
) -> Job:
    headers = dict(subject.headers)
    if subject.role is not None:
        headers["Authorization"] = f"Bearer {tokens[subject.role]}"
    return Job(
        pid=worker.pid,
        port=worker.port,
        method=subject.method,
        path=subject.path,
        body=subject.body,
        headers=headers,
        status=subject.status,
        first=first,
        connections=connections,
        seconds=0,
        ids=subject.ids,
        choices=subject.choices,
    )
