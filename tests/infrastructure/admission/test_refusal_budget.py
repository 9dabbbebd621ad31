from functools import partial

from app.infrastructure.admission.refusal_budget import (
    MAX_QUICK_REFUSALS,
    MAX_REFUSALS,
    MAX_REST_PERIODS,
    RefusalBudget,
)


def make_budget(*, served: int) -> RefusalBudget:
    """Create a budget of a process that has served as many in each period."""
    budget = RefusalBudget()
    for _ in range(100):
        budget.refill(served)
    return budget


def spend(budget: RefusalBudget, count: int) -> None:
    for _ in range(count):
        budget.spend()


def test_ten_times_the_capacity_is_within_the_budget() -> None:
    budget = make_budget(served=100)
    spend(budget, 9 * 100)
    assert not budget.is_exceeded(by_quick=False)
    assert budget.is_exceeded(by_quick=True)


def test_more_refusals_than_the_process_can_afford_exceed_the_budget() -> None:
    budget = make_budget(served=100)
    spend(budget, MAX_REFUSALS * 100 + 1)
    assert budget.is_exceeded(by_quick=False)


def test_each_period_has_its_own_budget() -> None:
    budget = make_budget(served=100)
    spend(budget, 10_000)
    budget.refill(100)
    assert not budget.is_exceeded(by_quick=True)


def test_those_who_rest_longest_are_read_first_within_the_budget() -> None:
    budget = make_budget(served=100)
    resumed: list[int] = []
    for number in range(1000):
        budget.rest(partial(resumed.append, number))
    budget.refill(100)
    assert resumed == list(range(int(MAX_QUICK_REFUSALS * 99.9999)))


def test_a_process_that_serves_nothing_reads_all_within_the_longest_rest() -> None:
    budget = make_budget(served=0)
    resumed: list[int] = []
    for number in range(5000):
        budget.rest(partial(resumed.append, number))
    for _ in range(MAX_REST_PERIODS):
        assert budget.has_resting
        budget.refill(0)
    assert resumed == list(range(5000))
