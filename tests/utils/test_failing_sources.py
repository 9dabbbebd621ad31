"""Sources whose calls fail while those of others succeed."""

import pytest

from app.utils.circuit_breaker import CircuitBreaker, CircuitOpenError
from tests.support.clock import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock(100.0)


@pytest.fixture
def breaker(clock: Clock) -> CircuitBreaker:
    return CircuitBreaker(name="It", failures_to_open=3, open_seconds=4, monotonic=clock)


def trip(breaker: CircuitBreaker) -> None:
    breaker.record_failure(breaker.admit("first"), conclusive=True)


def fail(breaker: CircuitBreaker, source: object) -> None:
    breaker.record_failure(breaker.admit(source), conclusive=False)


def test_failures_soon_after_a_success_do_not_open_it(
    breaker: CircuitBreaker, clock: Clock
) -> None:
    breaker.record_success(breaker.admit("good"))
    clock.now += 3.9
    for source in range(10):
        fail(breaker, source)
    assert not breaker.is_open

    clock.now += 0.1
    fail(breaker, "another")

    assert breaker.is_open


def make_suspects(breaker: CircuitBreaker, clock: Clock, *sources: str) -> None:
    for source in sources:
        fail(breaker, source)
    clock.now += 4
    breaker.record_success(breaker.admit("good"))
    clock.now += 4


def test_sources_that_failed_while_another_succeeded_do_not_open_it_again(
    breaker: CircuitBreaker, clock: Clock
) -> None:
    make_suspects(breaker, clock, "bad 1", "bad 2", "bad 3")

    for number in range(1000):
        clock.now += 1
        fail(breaker, f"bad {1 + number % 3}")

    assert not breaker.is_open


def test_failures_of_other_sources_open_it_in_spite_of_suspects(
    breaker: CircuitBreaker, clock: Clock
) -> None:
    make_suspects(breaker, clock, "bad 1", "bad 2", "bad 3")

    for source in ("good", "good 2", "good 3"):
        fail(breaker, source)

    assert breaker.is_open


def test_a_suspect_that_succeeds_counts_again(breaker: CircuitBreaker, clock: Clock) -> None:
    make_suspects(breaker, clock, "a", "b", "c")
    for source in "abc":
        breaker.record_success(breaker.admit(source))
    clock.now += 4

    for source in "abc":
        fail(breaker, source)

    assert breaker.is_open


def test_suspects_take_no_probe_from_the_others(breaker: CircuitBreaker, clock: Clock) -> None:
    make_suspects(breaker, clock, "bad 1", "bad 2")
    trip(breaker)
    clock.now += 4

    for source in ("bad 1", "bad 2"):
        with pytest.raises(CircuitOpenError):
            breaker.admit(source)
    assert breaker.admit("good").is_probe


def test_sources_that_opened_it_take_no_probe_from_the_others(
    breaker: CircuitBreaker, clock: Clock
) -> None:
    for source in ("bad 1", "bad 2", "bad 3"):
        fail(breaker, source)
    clock.now += 4

    for source in ("bad 1", "bad 2", "bad 3"):
        with pytest.raises(CircuitOpenError):
            breaker.admit(source)
    assert breaker.admit("good").is_probe
