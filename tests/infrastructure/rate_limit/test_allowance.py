from app.infrastructure.rate_limit.allowance import Allowance
from app.infrastructure.rate_limit.allowance_script import Grant


def test_unused_allowance_is_returned_once_even_without_a_response() -> None:
    allowance = Allowance()
    allowance.apply_grant(Grant(10, 90, 7, 800, 60_000), requested_at=100, needed=1)

    requests = [allowance.build_request(101), allowance.build_request(102)]

    assert [(request.sub_window, request.returned) for request in requests] == [(7, 10), (7, 0)]
