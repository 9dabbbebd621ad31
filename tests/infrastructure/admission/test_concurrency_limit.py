from hypothesis import given
from hypothesis import strategies as st

from app.infrastructure.admission.concurrency_limit import (
    MINIMUM,
    TARGET_SECONDS,
    ConcurrencyLimit,
    Queue,
)

START = 20


def end_interval(
    limit: ConcurrencyLimit, *waits: float, queue: Queue = "loop", was_reached: bool = True
) -> float:
    for wait in waits:
        limit.record_wait(queue, wait)
    limit.end_interval(was_reached=was_reached)
    return limit.value


def test_the_limit_grows_while_it_is_reached_and_nothing_waits() -> None:
    limit = ConcurrencyLimit(start=START)
    assert START < end_interval(limit, 0.0) < end_interval(limit, 0.0)


def test_the_limit_stays_while_it_is_not_reached() -> None:
    assert end_interval(ConcurrencyLimit(start=START), 0.0, was_reached=False) == START


def test_a_queue_that_never_empties_lowers_the_limit() -> None:
    for queue in ("loop", "pool"):
        limit = ConcurrencyLimit(start=START)
        assert end_interval(limit, 0.02, 0.5, queue=queue) < START


def test_one_moment_without_a_wait_shows_that_the_queue_is_no_standing_one() -> None:
    assert end_interval(ConcurrencyLimit(start=START), 0.5, 0.0, 0.5) > START


def test_each_queue_counts_by_itself() -> None:
    limit = ConcurrencyLimit(start=START)
    limit.record_wait("loop", 0.0)
    assert end_interval(limit, 0.5, queue="pool") < START


def test_the_waits_of_one_interval_do_not_count_in_the_next() -> None:
    limit = ConcurrencyLimit(start=START)
    lowered = end_interval(limit, 0.5)
    assert end_interval(limit) > lowered


@given(st.lists(st.tuples(st.floats(0, 10), st.booleans()), max_size=200))
def test_the_limit_never_falls_below_the_minimum_nor_jumps(
    intervals: list[tuple[float, bool]],
) -> None:
    limit = ConcurrencyLimit(start=START)
    for wait, was_reached in intervals:
        before = limit.value
        after = end_interval(limit, wait, was_reached=was_reached)
        assert after >= MINIMUM
        assert 0.5 < after / before < 1.5
        assert after <= before or wait <= TARGET_SECONDS
