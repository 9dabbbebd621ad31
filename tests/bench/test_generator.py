import os

import pytest

from devtools.bench.generator import Load
from devtools.bench.http_exchange import make_requests
from devtools.bench.jobs import Job
from tests.bench.stalling_server import stalling_server

STALL = 0.5


def make_job(**overrides: object) -> Job:
    values: dict[str, object] = {
        "pid": os.getpid(),
        "port": 1,
        "method": "GET",
        "path": "/",
        "body": "",
        "headers": {},
        "status": 200,
        "first": 0,
        "connections": 4,
        "seconds": 1.0,
    }
    return Job(**(values | overrides))  # type: ignore[arg-type]


def test_a_stall_is_seen_by_all_requests_that_were_due_in_it() -> None:
    rate = 200
    with stalling_server(after_requests=50, seconds=STALL) as port:
        outcome = Load(make_job(port=port, rate=rate)).run()

    # Due at even times, those of the first half of the stall waited for at least its second half.
    slow = [latency for latency in outcome.latencies if latency >= STALL / 2]
    assert outcome.requests == rate
    assert len(slow) >= rate * STALL / 2 * 0.9


def test_a_closed_loop_hides_a_stall_from_all_but_its_connections() -> None:
    connections = 4
    with stalling_server(after_requests=50, seconds=STALL) as port:
        outcome = Load(make_job(port=port, connections=connections, most=2000)).run()

    slow = [latency for latency in outcome.latencies if latency >= STALL / 2]
    assert 1 <= len(slow) <= connections


def test_as_many_requests_are_made_as_were_ordered() -> None:
    with stalling_server(after_requests=10**9, seconds=0) as port:
        outcome = Load(make_job(port=port, most=100)).run()

    assert outcome.requests == len(outcome.latencies) == 100


def test_the_time_of_the_server_is_counted_and_not_its_waiting() -> None:
    with stalling_server(after_requests=20, seconds=STALL) as port:
        outcome = Load(make_job(port=port, most=100)).run()

    assert outcome.seconds >= STALL
    assert 0 < outcome.cpu_seconds < outcome.seconds


def test_unexpected_statuses_are_reported() -> None:
    with stalling_server(after_requests=10**9, seconds=0) as port:
        outcome = Load(make_job(port=port, status=201, most=10)).run()

    assert outcome.refused == {"200": 10}


def test_every_request_has_its_own_number() -> None:
    job = make_job(path="/{id}?n={n}&c={choice}", ids=(10, 3), choices=("a", "b"), first=4)

    lines = [request.split(b"\r\n")[0] for request in make_requests(job, 3)]

    assert lines == [
        b"GET /11?n=4&c=a HTTP/1.1",
        b"GET /12?n=5&c=b HTTP/1.1",
        b"GET /10?n=6&c=a HTTP/1.1",
    ]


@pytest.mark.parametrize("count", [10, 2000, 20_000])
def test_a_price_differs_from_the_last_one_of_its_product(count: int) -> None:
    job = make_job(method="PATCH", path="/{id}", body='{"price": {cents}}', ids=(1, count))

    once, again = make_requests(job, count + 1)[0], make_requests(job, count + 1)[-1]

    assert once.split()[1] == again.split()[1]
    assert once.split()[-1] != again.split()[-1]
