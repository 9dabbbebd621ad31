from app.infrastructure.rate_limit.allowance import Allowance
from app.infrastructure.rate_limit.allowance_script import Grant


def test_what_is_left_is_returned_once_even_if_no_answer_comes() -> None:
    allowance = Allowance()
    allowance.receive(Grant(10, 90, 7, 800, 60_000), asked_at=100, needed=1)

    orders = [allowance.order(101), allowance.order(102)]

    assert [(order.slot, order.returned) for order in orders] == [(7, 10), (7, 0)]
