"""A process that serves a number of requests per second, in simulated time."""

from collections import Counter, deque
from dataclasses import dataclass, field

from app.infrastructure.admission.admission import SAMPLE_SECONDS, Admission
from tests.support.clock import Clock

SAMPLES_PER_INTERVAL = 5


@dataclass
class SimulatedProcess:
    """Its requests share the CPU; a request alone takes `alone_seconds`."""

    capacity: float
    alone_seconds: float = 0.01
    clock: Clock = field(default_factory=Clock)
    served: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    late: int = 0
    waits: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.admission = Admission(start_limit=20, clock=self.clock)
        self._running: deque[str] = deque()
        self._arrivals: Counter[str] = Counter()
        self._work = 0.0

    def run(self, seconds: float, **rates: float) -> None:
        """Let clients send requests per second; the names of those that write begin with `w`."""
        due = dict.fromkeys(rates, 0.0)
        for number in range(round(seconds / SAMPLE_SECONDS)):
            for client, rate in rates.items():
                due[client] += rate * SAMPLE_SECONDS
                for _ in range(int(due[client])):
                    self._arrive(client)
                due[client] %= 1
            self._serve()
            self.clock.now += SAMPLE_SECONDS
            lag = max(0.0, len(self._running) / self.capacity - self.alone_seconds)
            self.admission.sample(SAMPLE_SECONDS + lag, cpu_seconds=SAMPLE_SECONDS + lag)
            if number % SAMPLES_PER_INTERVAL == 0:
                self.admission.end_interval(SAMPLE_SECONDS * SAMPLES_PER_INTERVAL)

    def reset_counts(self) -> None:
        self.served.clear()
        self.refused.clear()
        self.waits.clear()
        self.late = 0

    def _arrive(self, client: str) -> None:
        admission, is_write, now = self.admission, client.startswith("w"), self.clock()
        if admission.may_run:
            self._begin(client, now)
        elif admission.has_place(client, is_write=is_write):
            admission.wait(
                client,
                is_write=is_write,
                run=lambda: self._begin(client, now),
                refuse=lambda: self._refuse_late(client),
            )
        else:
            admission.refuse()
            self.refused[client] += 1

    def _begin(self, client: str, arrived_at: float) -> None:
        self.admission.running += 1
        self._running.append(client)
        self.waits.append(self.clock() - arrived_at)

    def _refuse_late(self, client: str) -> None:
        self.late += 1
        self.refused[client] += 1

    def _serve(self) -> None:
        rate = min(self.capacity, len(self._running) / self.alone_seconds)
        self._work += rate * SAMPLE_SECONDS
        while self._work >= 1 and self._running:
            self._work -= 1
            self.served[self._running.popleft()] += 1
            self.admission.end()
        self._work %= 1
