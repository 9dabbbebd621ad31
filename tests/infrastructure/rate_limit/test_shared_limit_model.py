"""The shared limit holds for any sequence of events, compared with a list of all admissions."""

import asyncio

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from redis.asyncio import Redis

from devtools.valkey import PrivateValkey
from tests.support.limiter_processes import Processes, count_admitted

CLIENTS = ("ann", "bob")
PROCESSES = 3


class SharedLimitModel(RuleBasedStateMachine):
    url: str

    @initialize(limit=st.integers(1, 300), start=st.floats(0, 100))
    def begin(self, limit: int, start: float) -> None:
        self.runner = asyncio.Runner()
        self.redis = Redis.from_url(self.url, protocol=2)
        self.limit = limit
        self.admissions: dict[str, list[float]] = {client: [] for client in CLIENTS}
        self.processes = self.runner.run(Processes.start(self.redis, limit=limit, count=PROCESSES))
        self._wait(start)

    def teardown(self) -> None:
        if hasattr(self, "runner"):
            self.runner.run(self.redis.aclose())
            self.runner.close()

    @rule(
        client=st.sampled_from(CLIENTS),
        times=st.tuples(*[st.sampled_from([0, 1, 2, 7, 40, 200])] * PROCESSES),
    )
    def send_to_all_processes(self, client: str, times: tuple[int, ...]) -> None:
        async def send() -> int:
            requests = zip(self.processes.limiters, times, strict=True)
            return sum(
                await asyncio.gather(*(count_admitted(each, n, client) for each, n in requests))
            )

        passed = self.runner.run(send())
        now = self.processes.clock.now
        self.admissions[client] += [now] * passed
        if passed < sum(times):
            # A refusal depends only on recent requests: a minute, a sub-window, a cached refusal.
            recent = [at for at in self.admissions[client] if at > now - 62]
            assert len(recent) >= self.limit - PROCESSES

    @rule(seconds=st.sampled_from([0.001, 0.15, 0.79, 0.8, 7.3, 30.0, 59.2, 59.999, 60.0, 61.0]))
    def wait(self, seconds: float) -> None:
        self._wait(seconds)

    @invariant()
    def no_window_holds_more_than_the_limit(self) -> None:
        for admissions in getattr(self, "admissions", {}).values():
            for start in set(admissions):
                assert sum(start <= at < start + 60 for at in admissions) <= self.limit

    def _wait(self, seconds: float) -> None:
        self.runner.run(self.processes.pass_time(seconds))


def test_no_sequence_of_events_breaks_the_shared_limit(valkey: PrivateValkey) -> None:
    class OnThisServer(SharedLimitModel):
        url = valkey.url

    run_state_machine_as_test(
        OnThisServer, settings=settings(max_examples=40, stateful_step_count=20, deadline=None)
    )
