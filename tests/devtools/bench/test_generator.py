"""The load generator measures latency from the scheduled time and counts server CPU time."""

import os

import pytest

from devtools.bench.generator import LoadRun
from devtools.bench.http_exchange import make_requests
from devtools.bench.jobs import Job
from tests.devtools.bench.stalling_server import stalling_server

STALL_SECONDS = 0.5


def make_job(**overrides: object) -> Job:
    values: dict[str, object] = {
        "pid": os.getpid(),
        "port": 1,
        "method": "GET",
        "path": "/",
        "body": "",
        "headers": {},
        "status": 200,
        "first_number": 0,
        "connections": 4,
        "seconds": 1.0,
    }
    return Job(**(values | overrides))  # type: ignore[arg-type]


def test_open_loop_latency_includes_a_stall_for_all_requests_scheduled_in_it() -> None:
    rate = 200
    with stalling_server(after_requests=50, seconds=STALL_SECONDS) as port:
        outcome = LoadRun(make_job(port=port, rate=rate)).run()

    # Requests scheduled in the first half of the stall waited for at least its second half.
    slow = [latency for latency in outcome.latencies if latency >= STALL_SECONDS / 2]
    assert outcome.requests == rate
    assert len(slow) >= rate * STALL_SECONDS / 2 * 0.9


def test_a_closed_loop_sees_a_stall_at_most_once_per_connection() -> None:
    connections = 4
    with stalling_server(after_requests=50, seconds=STALL_SECONDS) as port:
        outcome = LoadRun(make_job(port=port, connections=connections, max_requests=2000)).run()

    slow = [latency for latency in outcome.latencies if latency >= STALL_SECONDS / 2]
    assert 1 <= len(slow) <= connections


def test_a_run_sends_exactly_max_requests() -> None:
    with stalling_server(after_requests=10**9, seconds=0) as port:
        outcome = LoadRun(make_job(port=port, max_requests=100)).run()

    assert outcome.requests == len(outcome.latencies) == 100


def test_cpu_time_excludes_the_time_in_which_the_server_sleeps() -> None:
    with stalling_server(after_requests=20, seconds=STALL_SECONDS) as port:
        outcome = LoadRun(make_job(port=port, max_requests=100)).run()

    assert outcome.seconds >= STALL_SECONDS
    assert 0 < outcome.cpu_seconds < outcome.seconds


def test_unexpected_statuses_are_reported() -> None:
    with stalling_server(after_requests=10**9, seconds=0) as port:
        outcome = LoadRun(make_job(port=port, status=201, max_requests=10)).run()

    assert outcome.unexpected_statuses == {"200": 10}


def test_placeholders_are_filled_with_the_number_of_the_request() -> None:
    job = make_job(path="/{id}?n={n}&c={choice}", ids=(10, 3), choices=("a", "b"), first_number=4)

    lines = [request.split(b"\r\n")[0] for request in make_requests(job, 3)]

    assert lines == [
        b"GET /11?n=4&c=a HTTP/1.1",
        b"GET /12?n=5&c=b HTTP/1.1",
        b"GET /10?n=6&c=a HTTP/1.1",
    ]


@pytest.mark.parametrize("count", [10, 2000, 20_000])
def test_a_price_differs_from_the_previous_one_of_the_same_product(count: int) -> None:
    job = make_job(method="PATCH", path="/{id}", body='{"price": {cents}}', ids=(1, count))

    first, next_of_same_id = make_requests(job, count + 1)[0], make_requests(job, count + 1)[-1]

    assert first.split()[1] == next_of_same_id.split()[1]
    assert first.split()[-1] != next_of_same_id.split()[-1]
