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


def test_the_breaker_opens_after_failures_of_enough_sources(breaker: CircuitBreaker) -> None:
    for source in range(3):
        assert not breaker.is_open
        fail(breaker, source)

    assert breaker.is_open
    assert breaker.retry_after == 4
    with pytest.raises(CircuitOpenError):
        breaker.admit("another")


def test_one_source_does_not_open_it_however_often_its_calls_fail(breaker: CircuitBreaker) -> None:
    for number in range(100):
        fail(breaker, number % 2)

    assert not breaker.is_open


def test_a_success_resets_the_failure_count(breaker: CircuitBreaker) -> None:
    for _ in range(10):
        fail(breaker, "a")
        fail(breaker, "b")
        breaker.record_success(breaker.admit("c"))

    assert not breaker.is_open


def test_a_conclusive_failure_opens_the_breaker_at_once(breaker: CircuitBreaker) -> None:
    trip(breaker)

    assert breaker.is_open


def test_one_probe_is_allowed_after_the_interval(breaker: CircuitBreaker, clock: Clock) -> None:
    trip(breaker)
    clock.now += 4

    assert breaker.admit("any").is_probe
    with pytest.raises(CircuitOpenError):
        breaker.admit("any")


def test_a_successful_probe_closes_the_breaker(breaker: CircuitBreaker, clock: Clock) -> None:
    trip(breaker)
    clock.now += 4

    breaker.record_success(breaker.admit("any"))

    assert (breaker.is_open, breaker.retry_after) == (False, 0)
    assert not breaker.admit("any").is_probe


def test_a_failed_probe_keeps_the_breaker_open_for_another_interval(
    breaker: CircuitBreaker, clock: Clock
) -> None:
    trip(breaker)
    clock.now += 4
    probe = breaker.admit("any")
    clock.now += 1

    breaker.record_failure(probe, conclusive=False)

    assert breaker.retry_after == 4


def test_a_probe_without_a_result_does_not_block_the_next_one(
    breaker: CircuitBreaker, clock: Clock
) -> None:
    trip(breaker)
    for source in range(3):
        clock.now += 4
        assert breaker.admit(source).is_probe


def test_one_source_does_not_take_two_probes_in_a_row_while_others_wait(
    breaker: CircuitBreaker, clock: Clock
) -> None:
    trip(breaker)
    clock.now += 4
    fail(breaker, "bad")
    clock.now += 4

    with pytest.raises(CircuitOpenError):
        breaker.admit("bad")
    assert breaker.admit("good").is_probe


def test_the_only_source_probes_again_a_little_later(breaker: CircuitBreaker, clock: Clock) -> None:
    trip(breaker)
    clock.now += 4
    fail(breaker, "only")
    clock.now += 5

    assert breaker.admit("only").is_probe


def test_a_call_begun_before_the_opening_does_not_close_the_breaker(
    breaker: CircuitBreaker,
) -> None:
    early = breaker.admit("any")
    trip(breaker)

    breaker.record_success(early)

    assert breaker.is_open


def test_a_call_begun_before_the_closing_does_not_open_the_breaker(
    breaker: CircuitBreaker, clock: Clock
) -> None:
    early = breaker.admit("any")
    trip(breaker)
    clock.now += 4
    breaker.record_success(breaker.admit("any"))

    breaker.record_failure(early, conclusive=True)

    assert not breaker.is_open
