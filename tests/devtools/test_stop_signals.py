"""A signal that arrives while a process is being started stops that process."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from devtools import stop_signals
from devtools.processes import finish


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    with ExitStack() as stack:
        for each in stop_signals.SIGNALS:
            stack.callback(signal.signal, each, signal.getsignal(each))
        stop_signals.raise_on_arrival()
        yield


@pytest.mark.parametrize("by", stop_signals.SIGNALS)
def test_a_process_is_stopped_whose_start_was_interrupted(by: signal.Signals) -> None:
    with pytest.raises(stop_signals.StopRequestedError), stop_signals.deferred() as deliver:  # noqa: PT012
        signal.raise_signal(by)
        process = subprocess.Popen(
            [sys.executable, "-c", "input()"], stdin=subprocess.PIPE, start_new_session=True
        )
        finish(process, begin=deliver)

    assert process.returncode == -signal.SIGTERM
    assert process.stdin is not None
    process.stdin.close()
    # As everywhere after the first signal.
    assert signal.getsignal(by) == signal.SIG_IGN


def test_a_signal_during_a_failed_start_is_raised_at_its_end() -> None:
    with pytest.raises(stop_signals.StopRequestedError), stop_signals.deferred():
        signal.raise_signal(signal.SIGTERM)


def test_without_a_signal_the_handlers_are_restored() -> None:
    before = [signal.getsignal(each) for each in stop_signals.SIGNALS]

    with stop_signals.deferred():
        pass

    assert [signal.getsignal(each) for each in stop_signals.SIGNALS] == before
