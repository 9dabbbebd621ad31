from itertools import accumulate, repeat

from app.infrastructure.admission.refusal_budget import (
    FIRST_REST_SECONDS,
    GROWTH,
    LONGEST_REST_SECONDS,
    MAX_QUICK_REFUSALS,
    MAX_REFUSALS,
    RefusalBudget,
    longer_rest,
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


def test_what_is_served_allows_no_client_to_repeat_without_a_pause() -> None:
    budget = make_budget(served=100)
    spend(budget, MAX_QUICK_REFUSALS)
    assert not budget.is_exceeded(by_quick=True)
    spend(budget, 1)
    assert budget.is_exceeded(by_quick=True)


def test_each_period_has_its_own_budget() -> None:
    budget = make_budget(served=100)
    spend(budget, 10_000)
    budget.refill(100)
    assert not budget.is_exceeded(by_quick=True)


def test_each_rest_in_a_row_is_much_longer_up_to_the_longest() -> None:
    rests = list(accumulate(repeat(0, 60), lambda seconds, _: longer_rest(seconds)))
    assert rests[1:3] == [FIRST_REST_SECONDS, GROWTH * FIRST_REST_SECONDS]
    assert rests[5] == LONGEST_REST_SECONDS
    assert longer_rest(FIRST_REST_SECONDS / 8) == FIRST_REST_SECONDS
