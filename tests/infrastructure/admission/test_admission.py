from contextlib import ExitStack

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.exceptions.base import OverloadedError
from app.infrastructure.admission.admission import MAX_STREAMS, Admission
from app.infrastructure.admission.waiting_line import MAX_WAIT_SECONDS
from tests.infrastructure.admission.simulated_process import SimulatedProcess

CAPACITIES = pytest.mark.parametrize("capacity", [50, 400, 3000])


@CAPACITIES
@pytest.mark.parametrize("factor", [2, 10])
def test_under_overload_a_process_serves_what_it_can(capacity: int, factor: int) -> None:
    process = SimulatedProcess(capacity=capacity)
    process.run(3, reader=factor * capacity)
    process.reset_counts()
    process.run(10, reader=factor * capacity)

    assert process.served.total() >= 0.95 * capacity * 10
    assert process.refused.total() >= 0.9 * (factor - 1) * capacity * 10
    assert max(process.waits) <= MAX_WAIT_SECONDS + 0.1


@CAPACITIES
def test_refusals_come_at_once_not_after_a_wait(capacity: int) -> None:
    process = SimulatedProcess(capacity=capacity)
    process.run(3, reader=10 * capacity)
    process.reset_counts()
    process.run(10, reader=10 * capacity)

    assert process.late <= 0.01 * process.refused.total()


@CAPACITIES
def test_the_number_of_running_requests_follows_what_the_process_can_do(capacity: int) -> None:
    process = SimulatedProcess(capacity=capacity)
    process.run(10, reader=5 * capacity)
    # As many as the process works on in the time of one request, and a queue of milliseconds.
    assert process.admission.running <= max(10, 2 * capacity * (process.alone_seconds + 0.005))


def test_after_an_overload_nothing_is_refused() -> None:
    process = SimulatedProcess(capacity=400)
    process.run(10, reader=4000)
    process.run(2, reader=200)
    process.reset_counts()
    process.run(5, reader=200)

    assert not process.refused
    assert process.served.total() >= 0.99 * 200 * 5
    assert process.admission.waiting == 0


def test_a_process_that_becomes_slower_shortens_its_line() -> None:
    process = SimulatedProcess(capacity=1000)
    process.run(5, reader=3000)
    process.capacity = 100
    process.run(3, reader=3000)
    process.reset_counts()
    process.run(5, reader=3000)

    assert process.served.total() >= 0.9 * 100 * 5
    assert process.late <= 0.01 * process.refused.total()


def test_writes_go_first_but_reads_are_served_too() -> None:
    process = SimulatedProcess(capacity=400)
    process.run(3, writer=400, reader=400)
    process.reset_counts()
    process.run(10, writer=400, reader=400)

    assert process.served["writer"] >= 0.7 * 400 * 10
    assert process.served["reader"] >= 0.2 * 400 * 10


def test_few_writes_are_not_refused_beside_many_reads() -> None:
    process = SimulatedProcess(capacity=400)
    process.run(3, writer=100, reader=4000)
    process.reset_counts()
    process.run(10, writer=100, reader=4000)

    assert process.refused["writer"] == 0


def test_a_greedy_client_does_not_starve_the_others() -> None:
    process = SimulatedProcess(capacity=400)
    process.run(3, greedy=4000, modest=100)
    process.reset_counts()
    process.run(10, greedy=4000, modest=100)

    assert process.refused["modest"] == 0
    assert process.served["modest"] >= 0.95 * 100 * 10


@settings(deadline=None)
@given(st.lists(st.sampled_from(["arrive", "end", "interval"]), max_size=300))
def test_a_request_waits_only_while_as_many_as_allowed_are_running(steps: list[str]) -> None:
    admission = Admission(start_limit=20)

    def run() -> None:
        admission.running += 1

    for number, step in enumerate(steps):
        if step == "arrive" and admission.may_run:
            run()
        elif step == "arrive" and admission.has_place("a", is_write=bool(number % 2)):
            admission.wait("a", is_write=bool(number % 2), run=run, refuse=lambda: None)
        elif step == "end" and admission.running:
            admission.end()
        elif step == "interval":
            admission.sample(0.5, cpu_seconds=0.5)
            admission.end_interval(0.1)
        assert admission.running >= 0
        assert not admission.waiting or admission.running >= admission.limit.value - 1e-9


def test_streams_do_not_count_as_running_and_have_a_bound_of_their_own() -> None:
    admission = Admission(start_limit=4)
    admission.running = MAX_STREAMS + 1
    with ExitStack() as streams:
        for _ in range(MAX_STREAMS):
            streams.enter_context(admission.stream())
        assert admission.running == 1
        with pytest.raises(OverloadedError):
            streams.enter_context(admission.stream())

    assert (admission.running, admission.streams) == (MAX_STREAMS + 1, 0)


def test_the_beginning_of_a_stream_lets_a_waiting_request_run() -> None:
    admission, ran = Admission(start_limit=4), []
    admission.running = 4
    admission.wait("client", is_write=False, run=lambda: ran.append(1), refuse=ran.clear)

    with admission.stream():
        assert ran == [1]
