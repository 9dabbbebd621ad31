from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from time import monotonic

from app.exceptions.base import OverloadedError
from app.infrastructure.admission.brief_requests import BriefRequests
from app.infrastructure.admission.concurrency_limit import ConcurrencyLimit
from app.infrastructure.admission.refusal_budget import RefusalBudget
from app.infrastructure.admission.waiting_line import Waiting, WaitingLine

SAMPLE_SECONDS = 0.02
# Of this many requests from the line one is a read, while writes wait too.
READ_TURN = 4
# Responses that are streamed at once.
MAX_STREAMS = 4


class Admission:
    """Bounds the requests that run at once in this process; the others wait or are refused.

    Writes go before reads; each kind has its own line.
    """

    def __init__(self, *, start_limit: float, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self.limit = ConcurrencyLimit(start=start_limit)
        self.budget = RefusalBudget()
        self.brief = BriefRequests()
        # Whatever runs a request adds one, and calls `end` later.
        self.running = 0
        self.streams = 0
        self.refused = 0
        self.on_contention: Callable[[], None] = lambda: None
        # Whether requests wait, or had to wait or were refused since the last interval.
        self.is_contended = False
        self._reads = WaitingLine()
        self._writes = WaitingLine()
        self._turn = 0
        self._ended = 0

    @property
    def waiting(self) -> int:
        return len(self._reads) + len(self._writes)

    @property
    def may_run(self) -> bool:
        """Whether one more request may run. While requests wait, as many as allowed are running."""
        return self.running < self.limit.value

    def has_place(self, client: Hashable, *, is_write: bool) -> bool:
        """Return whether a request of this client may wait."""
        return (self._writes if is_write else self._reads).has_place(client)

    def end(self) -> None:
        """Count a request that has ended, and let others run."""
        self.running -= 1
        self._ended += 1
        if self.is_contended:
            self._start_waiting()

    def pause(self) -> None:
        """Let others run while a request waits for its client, after which it counts again."""
        self.running -= 1
        if self.is_contended:
            self._start_waiting()

    @contextmanager
    def stream(self) -> Iterator[None]:
        """Run a request as a stream, which mostly waits for its client and lasts long.

        It does not count as running: slow clients would keep all other requests waiting. Streams
        have a bound of their own; raises OverloadedError beyond it.
        """
        if self.streams >= MAX_STREAMS:
            raise OverloadedError
        self.streams += 1
        self.pause()
        try:
            yield
        finally:
            self.streams -= 1
            self.running += 1

    def wait(
        self,
        client: Hashable,
        *,
        is_write: bool,
        run: Callable[[], None],
        refuse: Callable[[], None],
    ) -> None:
        """Add a request to the line; `run` adds to `running`, unless the client has left."""
        line = self._writes if is_write else self._reads
        line.add(client, Waiting(self._clock(), run, refuse))
        self._contend()

    def refuse(self) -> None:
        """Count a refused request."""
        self.refused += 1
        self.budget.spend()
        self._contend()

    def sample(self, seconds: float, *, cpu_seconds: float) -> None:
        """Learn from a sleep of SAMPLE_SECONDS that took `seconds`."""
        # Without the time in which other processes had the CPU: fewer requests would not help.
        self.limit.record_wait("loop", (seconds - SAMPLE_SECONDS) * cpu_seconds / seconds)
        self.budget.refill(self._ended)
        self._ended = 0

    def end_interval(self, seconds: float) -> None:
        """Adjust limit and lines after an interval with several samples."""
        self.limit.end_interval(was_reached=self.is_contended)
        now = self._clock()
        for line in (self._writes, self._reads):
            line.measure_rate(seconds)
            for waiting in line.take_expired(now):
                waiting.refuse()
        self._start_waiting()
        self.is_contended = self.waiting > 0

    def _start_waiting(self) -> None:
        while self.running < self.limit.value and (self._writes or self._reads):
            self._next_line().take().run()

    def _contend(self) -> None:
        if not self.is_contended:
            self.is_contended = True
            self.on_contention()

    def _next_line(self) -> WaitingLine:
        if not (self._writes and self._reads):
            return self._writes or self._reads
        self._turn = (self._turn + 1) % READ_TURN
        return self._writes if self._turn else self._reads
