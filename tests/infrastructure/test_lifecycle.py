import signal
from collections.abc import Iterator

import pytest

from app.infrastructure.lifecycle import Lifecycle


@pytest.fixture(params=[signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def number(request: pytest.FixtureRequest) -> Iterator[signal.Signals]:
    chosen: signal.Signals = request.param
    previous = signal.getsignal(chosen)
    yield chosen
    signal.signal(chosen, previous)


def test_a_stop_signal_is_noticed_and_passed_on(number: signal.Signals) -> None:
    passed_on: list[int] = []
    signal.signal(number, lambda received, _frame: passed_on.append(received))

    with Lifecycle.watching_signals() as lifecycle:
        signal.raise_signal(number)

        assert lifecycle.is_draining
    signal.raise_signal(number)
    assert passed_on == [number, number]


def test_a_signal_that_ends_the_process_still_does(number: signal.Signals) -> None:
    signal.signal(number, signal.SIG_DFL)
    with Lifecycle.watching_signals() as lifecycle, pytest.raises(SystemExit):
        signal.raise_signal(number)

    assert lifecycle.is_draining


def test_an_ignored_signal_stays_ignored(number: signal.Signals) -> None:
    signal.signal(number, signal.SIG_IGN)
    with Lifecycle.watching_signals():
        signal.raise_signal(number)
