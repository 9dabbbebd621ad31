import asyncio
import signal
from collections.abc import Iterator

import pytest

from app.infrastructure.lifecycle import Lifecycle
from tests.support.waiting import eventually


@pytest.fixture(params=[signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def number(request: pytest.FixtureRequest) -> Iterator[signal.Signals]:
    chosen: signal.Signals = request.param
    previous = signal.getsignal(chosen)
    yield chosen
    signal.signal(chosen, previous)


def test_a_stop_signal_is_noted_and_passed_on(number: signal.Signals) -> None:
    passed_on: list[int] = []
    signal.signal(number, lambda received, _frame: passed_on.append(received))

    with Lifecycle.watch_signals() as lifecycle:
        signal.raise_signal(number)

        assert lifecycle.is_draining
    signal.raise_signal(number)
    assert passed_on == [number, number]


def test_a_stop_signal_still_ends_the_process(number: signal.Signals) -> None:
    signal.signal(number, signal.SIG_DFL)
    with Lifecycle.watch_signals() as lifecycle, pytest.raises(SystemExit):
        signal.raise_signal(number)

    assert lifecycle.is_draining


def test_an_ignored_signal_stays_ignored(number: signal.Signals) -> None:
    signal.signal(number, signal.SIG_IGN)
    with Lifecycle.watch_signals():
        signal.raise_signal(number)


async def test_a_stop_signal_waits_for_what_must_happen_before(number: signal.Signals) -> None:
    passed_on: list[int] = []
    may_end = asyncio.Event()
    signal.signal(number, lambda received, _frame: passed_on.append(received))

    with Lifecycle.watch_signals() as lifecycle, lifecycle.await_before_stop(may_end.wait):
        signal.raise_signal(number)
        # A supervisor repeats the signal of a process group.
        signal.raise_signal(number)
        await asyncio.sleep(0)
        assert (lifecycle.is_draining, passed_on) == (True, [])

        may_end.set()
        await eventually(lambda: bool(passed_on))
        signal.raise_signal(number)
    assert passed_on == [number, number]


async def test_a_stop_signal_is_passed_on_after_a_failure(
    number: signal.Signals, caplog: pytest.LogCaptureFixture
) -> None:
    passed_on: list[int] = []
    signal.signal(number, lambda received, _frame: passed_on.append(received))

    async def fail() -> None:
        raise ValueError

    with Lifecycle.watch_signals() as lifecycle, lifecycle.await_before_stop(fail):
        signal.raise_signal(number)
        await eventually(lambda: bool(passed_on))
    assert [record.levelname for record in caplog.records] == ["ERROR"]
