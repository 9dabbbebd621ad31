from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from app.infrastructure.admission.waiting_line import (
    LENGTH_SECONDS,
    MAX_WAIT_SECONDS,
    MIN_CAPACITY,
    SHARE_OF_FREE,
    Waiting,
    WaitingLine,
)


def make_waiting(since: float = 0.0) -> Waiting:
    return Waiting(since, run=lambda: None, refuse=lambda: None)


def fill(line: WaitingLine, client: str) -> int:
    """Add requests of the client until it has no place; returns how many."""
    added = 0
    while line.has_place(client):
        line.add(client, make_waiting())
        added += 1
    return added


def take_all_names(line: WaitingLine, requests: list[tuple[str, Waiting]]) -> list[str]:
    names = {id(waiting): client for client, waiting in requests}
    return [names[id(line.take())] for _ in range(len(line))]


def test_the_line_is_as_long_as_what_is_served_within_its_time() -> None:
    line = WaitingLine()
    for _ in range(30):
        # 1000 in a second, while others keep waiting.
        for _ in range(100):
            line.add("a", make_waiting())
            line.add("a", make_waiting())
            line.take()
        line.measure_rate(0.1)

    assert abs(line.capacity - 1000 * LENGTH_SECONDS) < 10


def test_a_line_that_empties_does_not_become_shorter() -> None:
    line = WaitingLine()
    capacity = line.capacity
    for _ in range(30):
        line.measure_rate(0.1)
    assert line.capacity == capacity


def test_a_line_that_is_not_served_becomes_short() -> None:
    line = WaitingLine()
    line.add("a", make_waiting())
    for _ in range(50):
        line.measure_rate(0.1)
    assert line.capacity == MIN_CAPACITY


def test_a_client_that_fills_the_line_leaves_places_for_others() -> None:
    line = WaitingLine()
    first = fill(line, "greedy")
    assert not line.has_place("greedy")
    assert line.has_place("other")
    assert first >= line.capacity * SHARE_OF_FREE // (SHARE_OF_FREE + 1)


def test_clients_take_turns() -> None:
    line = WaitingLine()
    requests = [(client, make_waiting()) for client in ("greedy",) * 5 + ("other", "other")]
    for client, waiting in requests:
        line.add(client, waiting)
    assert take_all_names(line, requests)[:4] == ["greedy", "other", "greedy", "other"]


def test_what_has_waited_too_long_leaves_the_line() -> None:
    line = WaitingLine()
    old, new = make_waiting(since=0.0), make_waiting(since=1.0)
    for waiting in (old, new):
        line.add("a", waiting)
    assert line.take_expired(MAX_WAIT_SECONDS + 0.1) == [old]
    assert len(line) == 1
    assert line.take() is new


@given(st.lists(st.sampled_from("abcd"), min_size=1, max_size=60))
def test_every_request_leaves_once_and_those_of_a_client_in_order(clients: list[str]) -> None:
    line = WaitingLine()
    requests = [(client, make_waiting(float(number))) for number, client in enumerate(clients)]
    for client, waiting in requests:
        line.add(client, waiting)

    taken = [line.take() for _ in range(len(line))]

    assert Counter(map(id, taken)) == Counter(id(waiting) for _, waiting in requests)
    client_of = {waiting.since: client for client, waiting in requests}
    for client in set(clients):
        own = [waiting.since for waiting in taken if client_of[waiting.since] == client]
        assert own == sorted(own)
    assert len(line) == 0


@given(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=3000))
def test_the_line_never_exceeds_its_capacity(clients: list[str]) -> None:
    line = WaitingLine()
    for client in clients:
        if line.has_place(client):
            line.add(client, make_waiting())
    assert len(line) <= line.capacity


def test_as_many_clients_may_wait_as_are_served_in_time() -> None:
    line = WaitingLine()
    for number in range(5000):
        if line.has_place(number):
            line.add(number, make_waiting())
    assert len(line) == line.capacity


def test_a_client_finds_a_place_also_when_the_line_has_become_too_long() -> None:
    line = WaitingLine()
    fill(line, "greedy")
    for _ in range(50):
        line.measure_rate(0.1)
    assert len(line) > line.capacity
    assert not line.has_place("greedy")
    assert line.has_place("modest")
