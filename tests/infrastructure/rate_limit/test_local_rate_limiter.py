import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from app.infrastructure.rate_limit.local_rate_limiter import LocalRateLimiter
from app.infrastructure.rate_limit.rate_limiter import Decision
from tests.support.clock import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


def _admitted(limiter: LocalRateLimiter, times: int, client: str = "ann") -> list[bool]:
    return [limiter.admit(client).is_admitted for _ in range(times)]


def test_exactly_the_limit_is_admitted_at_once(clock: Clock) -> None:
    limiter = LocalRateLimiter(limit=60, monotonic=clock)

    assert _admitted(limiter, 200) == [True] * 60 + [False] * 140


def test_the_limit_holds_across_the_boundary_of_two_minutes(clock: Clock) -> None:
    limiter = LocalRateLimiter(limit=60, monotonic=clock)
    clock.now = 1079.9
    assert sum(_admitted(limiter, 100)) == 60

    for clock.now in (1080.0, 1080.1, 1100.0, 1139.8, 1139.9):
        assert sum(_admitted(limiter, 100)) == 0


def test_a_client_is_admitted_after_the_announced_wait(clock: Clock) -> None:
    limiter = LocalRateLimiter(limit=3, monotonic=clock)
    _admitted(limiter, 3)
    clock.now += 0.7
    refused = limiter.admit("ann")
    assert 60 <= refused.reset_after <= 61

    clock.now += refused.reset_after

    assert limiter.admit("ann").is_admitted


def test_a_decision_contains_the_remaining_requests(clock: Clock) -> None:
    limiter = LocalRateLimiter(limit=3, monotonic=clock)

    decisions = [limiter.admit("ann") for _ in range(4)]

    assert [decision.remaining for decision in decisions] == [2, 1, 0, 0]
    assert decisions[0] == Decision(is_admitted=True, remaining=2, reset_after=61)


def test_clients_have_separate_limits(clock: Clock) -> None:
    limiter = LocalRateLimiter(limit=2, monotonic=clock)
    _admitted(limiter, 5, "ann")

    assert _admitted(limiter, 3, "bob") == [True, True, False]


def test_refused_requests_do_not_prolong_the_wait(clock: Clock) -> None:
    limiter = LocalRateLimiter(limit=1, monotonic=clock)
    for _ in range(60):
        limiter.admit("ann")
        clock.now += 1

    clock.now += 1

    assert limiter.admit("ann").is_admitted


def test_a_million_clients_use_bounded_memory(clock: Clock) -> None:
    limiter = LocalRateLimiter(limit=5, monotonic=clock, max_clients=100)

    for number in range(10_000):
        limiter.admit(f"client-{number}")

    assert len(limiter._clients) == 100  # noqa: SLF001 - no public count


def test_memory_per_client_does_not_grow_with_the_limit(clock: Clock) -> None:
    limiter = LocalRateLimiter(limit=100_000, monotonic=clock)

    for _ in range(20_000):
        limiter.admit("ann")
        clock.now += 0.01

    assert len(limiter._clients["ann"].seconds) <= 62  # noqa: SLF001 - no public count


class LocalLimitModel(RuleBasedStateMachine):
    """Compares the limiter with a list of all admissions in every window."""

    @initialize(limit=st.integers(1, 6), start=st.floats(0, 1000))
    def begin(self, limit: int, start: float) -> None:
        self.clock = Clock()
        self.clock.now = start
        self.limit = limit
        self.limiter = LocalRateLimiter(limit=limit, monotonic=self.clock)
        self.admissions: dict[str, list[float]] = {"ann": [], "bob": []}

    @rule(client=st.sampled_from(["ann", "bob"]), times=st.integers(1, 8))
    def send(self, client: str, times: int) -> None:
        for _ in range(times):
            decision = self.limiter.admit(client)
            if decision.is_admitted:
                self.admissions[client].append(self.clock.now)
            else:
                # Seconds are counted as a whole, so only 61 seconds prove a wrong refusal.
                recent = [at for at in self.admissions[client] if at >= self.clock.now - 61]
                assert len(recent) >= self.limit

    @rule(seconds=st.sampled_from([0.01, 0.5, 0.99, 1.0, 7.3, 30.0, 59.0, 59.99, 60.0, 61.0]))
    def wait(self, seconds: float) -> None:
        self.clock.now += seconds

    @invariant()
    def no_window_holds_more_than_the_limit(self) -> None:
        for admissions in getattr(self, "admissions", {}).values():
            for start in admissions:
                window = [at for at in admissions if start <= at < start + 60]
                assert len(window) <= self.limit


TestLimiter = LocalLimitModel.TestCase
TestLimiter.settings = settings(max_examples=30, stateful_step_count=25, deadline=None)
