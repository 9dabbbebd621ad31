from dataclasses import dataclass

import pytest

from app.utils.circuit_breaker import CircuitBreaker, CircuitOpenError


@dataclass
class Clock:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> CircuitBreaker:
    return CircuitBreaker(name="It", failures_to_open=3, open_seconds=4, monotonic=clock)


def trip(breaker: CircuitBreaker) -> None:
    breaker.record_failure(breaker.admit(), conclusive=True)


def test_it_opens_when_enough_failures_follow_one_another(breaker: CircuitBreaker) -> None:
    for _ in range(3):
        assert not breaker.is_open
        breaker.record_failure(breaker.admit(), conclusive=False)

    assert breaker.is_open
    assert breaker.retry_after == 4
    with pytest.raises(CircuitOpenError):
        breaker.admit()


def test_a_success_in_between_starts_the_count_again(breaker: CircuitBreaker) -> None:
    for _ in range(10):
        breaker.record_failure(breaker.admit(), conclusive=False)
        breaker.record_failure(breaker.admit(), conclusive=False)
        breaker.record_success(breaker.admit())

    assert not breaker.is_open


def test_a_conclusive_failure_opens_at_once(breaker: CircuitBreaker) -> None:
    trip(breaker)

    assert breaker.is_open


def test_one_probe_is_let_through_after_the_interval(breaker: CircuitBreaker, clock: Clock) -> None:
    trip(breaker)
    clock.now += 4

    assert breaker.admit().is_probe
    with pytest.raises(CircuitOpenError):
        breaker.admit()


def test_a_probe_that_succeeds_closes_it(breaker: CircuitBreaker, clock: Clock) -> None:
    trip(breaker)
    clock.now += 4

    breaker.record_success(breaker.admit())

    assert (breaker.is_open, breaker.retry_after) == (False, 0)
    assert not breaker.admit().is_probe


def test_a_probe_that_fails_opens_it_for_another_interval(
    breaker: CircuitBreaker, clock: Clock
) -> None:
    trip(breaker)
    clock.now += 4
    probe = breaker.admit()
    clock.now += 1

    breaker.record_failure(probe, conclusive=False)

    assert breaker.retry_after == 4


def test_a_probe_that_never_reports_blocks_nothing(breaker: CircuitBreaker, clock: Clock) -> None:
    trip(breaker)
    for _ in range(3):
        clock.now += 4
        assert breaker.admit().is_probe


def test_what_began_before_it_opened_does_not_close_it(breaker: CircuitBreaker) -> None:
    early = breaker.admit()
    trip(breaker)

    breaker.record_success(early)

    assert breaker.is_open


def test_what_began_before_it_closed_does_not_open_it(
    breaker: CircuitBreaker, clock: Clock
) -> None:
    early = breaker.admit()
    trip(breaker)
    clock.now += 4
    breaker.record_success(breaker.admit())

    breaker.record_failure(early, conclusive=True)

    assert not breaker.is_open
